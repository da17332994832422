// The native token: PREFIX, 43 base62 digits of 32 random bytes, 6 base62 digits of a checksum.
//
// The default prefix is "kl_", so that `kl_[0-9A-Za-z]{49}` finds tokens in a text. The checksum is CRC-32
// (ISO-HDLC, as in zlib) of everything before the checksum, big-endian in base62, and distinguishes a
// mistyped token from an unknown token. Digits are 0-9, A-Z, a-z. Pure functions; randomness is passed in.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "ledger/values/secret.h"

namespace keyledger::ledger {

constexpr std::string_view kTokenPrefix = "kl_";
constexpr std::size_t kTokenPrefixLengthMax = 10;
constexpr std::size_t kTokenBodyLength = 43;
constexpr std::size_t kTokenChecksumLength = 6;

using TokenEntropy = std::array<std::uint8_t, 32>;

// Returns whether `prefix` may begin a token: 1 to 10 characters of [0-9A-Za-z_-].
bool is_token_prefix(std::string_view prefix);

// Makes the token of this entropy. The prefix must satisfy is_token_prefix() (ENSURE).
Secret make_token(std::string_view prefix, const TokenEntropy& entropy);

enum class TokenShape {
  kNative,    // of the native form, with the right checksum
  kMistyped,  // can only be a native token, but has a wrong checksum
  kOther,     // any other text: a Knox token, or an unknown kind
  kUnusable,  // empty, longer than a Secret, not UTF-8, or with control characters: never a token
};

// Returns the shape of a presented token, from its text alone.
TokenShape shape_of(std::string_view token);

// Returns whether a native token may have this many bytes. Checks no more, because every token is checked.
constexpr bool is_native_length(std::size_t bytes) {
  constexpr std::size_t kTail = kTokenBodyLength + kTokenChecksumLength;
  return bytes > kTail && bytes <= kTail + kTokenPrefixLengthMax;
}

}  // namespace keyledger::ledger
