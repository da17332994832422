// SHA-256 and SHA-512 of bytes in memory (FIPS 180-4), without what OpenSSL's general interface adds to each
// call: looking the algorithm up takes longer than hashing a token. Internal to ledger/. Pure; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace keyledger::ledger {

// Of the two one behind the other.
std::array<std::uint8_t, 32> sha256(std::span<const std::uint8_t> first,
                                    std::span<const std::uint8_t> second = {});

// SHA-256(prefix || first || second)
std::array<std::uint8_t, 32> sha256(std::uint8_t prefix, std::span<const std::uint8_t> first,
                                    std::span<const std::uint8_t> second = {});

std::array<std::uint8_t, 64> sha512(std::span<const std::uint8_t> bytes);

}  // namespace keyledger::ledger
