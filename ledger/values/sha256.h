// SHA-256 and SHA-512 of bytes in memory (FIPS 180-4), without OpenSSL's general interface, because looking
// up the algorithm takes longer than hashing a token. Pure; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace keyledger::ledger {

using Sha256Hash = std::array<std::uint8_t, 32>;
// Hashes of records, nodes of the tree and commands.
using Hash = Sha256Hash;

// Hashes `first` followed by `second`.
Sha256Hash sha256(std::span<const std::uint8_t> first, std::span<const std::uint8_t> second = {});

// Returns SHA-256(prefix || first || second).
Sha256Hash sha256(std::uint8_t prefix, std::span<const std::uint8_t> first,
                  std::span<const std::uint8_t> second = {});

// A message with its padding, ready to be hashed (FIPS 180-4, section 5.1.1), for messages that fit in a
// single block.
struct alignas(64) Sha256Block {
  // The bytes of a block left beside the end mark and the length.
  static constexpr std::size_t kMessageMax = 55;

  std::array<std::uint8_t, 64> bytes;
};
// lay_out() pads a message of at most kMessageMax bytes (ENSURE) into a block; hash_of() hashes the block.
void lay_out(std::span<const std::uint8_t> message, Sha256Block& block);
Sha256Hash hash_of(const Sha256Block& block);

std::array<std::uint8_t, 64> sha512(std::span<const std::uint8_t> bytes);

}  // namespace keyledger::ledger
