// The native token: PREFIX, 43 base62 digits of 32 random bytes, 6 base62 digits of a checksum.
//
// The default prefix is "kl_", so that `kl_[0-9A-Za-z]{49}` finds one in a text. The checksum is CRC-32
// (ISO-HDLC, as in zlib) of everything before it, big-endian in base62: a mistyped token is told from an
// unknown one. Digits are 0-9, A-Z, a-z. Pure functions; randomness is handed in.
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

// True if `prefix` may begin a token: 1 to 10 characters of [0-9A-Za-z_-].
bool is_token_prefix(std::string_view prefix);

// The token of this entropy. The caller has checked the prefix.
Secret make_token(std::string_view prefix, const TokenEntropy& entropy);

enum class TokenShape {
  kNative,    // of the native form, and its checksum agrees
  kMistyped,  // can only be a native token, and its checksum disagrees
  kOther,     // something else: a Knox token, or nothing we know
  kUnusable,  // empty, longer than a Secret, or not UTF-8 text without control characters: nobody's token
};

TokenShape shape_of(std::string_view token);

// True if a native token may have so many bytes: no more than that, for it is asked of every token.
constexpr bool is_native_length(std::size_t bytes) {
  constexpr std::size_t kTail = kTokenBodyLength + kTokenChecksumLength;
  return bytes > kTail && bytes <= kTail + kTokenPrefixLengthMax;
}

}  // namespace keyledger::ledger
