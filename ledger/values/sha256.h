// SHA-256 and SHA-512 of bytes in memory (FIPS 180-4), without what OpenSSL's general interface adds to each
// call: looking the algorithm up takes longer than hashing a token. Pure; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace keyledger::ledger {

using Sha256Hash = std::array<std::uint8_t, 32>;
// Hashes of records, nodes of the tree and commands.
using Hash = Sha256Hash;

// Of the two one behind the other.
Sha256Hash sha256(std::span<const std::uint8_t> first, std::span<const std::uint8_t> second = {});

// SHA-256(prefix || first || second)
Sha256Hash sha256(std::uint8_t prefix, std::span<const std::uint8_t> first,
                  std::span<const std::uint8_t> second = {});

// A message with its padding, as it is hashed (FIPS 180-4, section 5.1.1), if it fits in a single block.
struct alignas(64) Sha256Block {
  // What is left of a block when the end of the message and its length are in it.
  static constexpr std::size_t kMessageMax = 55;

  std::array<std::uint8_t, 64> bytes;
};
// At most kMessageMax bytes (ENSURE).
void lay_out(std::span<const std::uint8_t> message, Sha256Block& block);
Sha256Hash hash_of(const Sha256Block& block);

std::array<std::uint8_t, 64> sha512(std::span<const std::uint8_t> bytes);

}  // namespace keyledger::ledger
