// KeyDigest: the digest stored instead of a token, and the schemes that make digests.
//
//   sha256       SHA-256(text)                        native tokens, and those of other systems
//   knox5        SHA-512(text)                        django-rest-knox 5.x, text with its prefix, UTF-8; also
//                                                     read as sha512, for tokens of other systems
//   knox4        SHA-512(unhex(text))                 django-rest-knox 4.2
//   knox-salted  SHA-512(unhex(text) || unhex(salt))  django-rest-knox 2.0 to 4.1, a salt of 8 bytes a row
//
// Values; any thread may call every function. Comparisons take constant time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ledger/values/sha256.h"

namespace keyledger::ledger {

// Events store these numbers.
enum class DigestScheme : std::uint8_t { kSha256 = 0, kKnox5 = 1, kKnox4 = 2, kKnoxSalted = 3 };

constexpr std::size_t kDigestSchemes = 4;

std::string_view name_of(DigestScheme scheme);
std::optional<DigestScheme> parse_digest_scheme(std::string_view name);

// Returns the size in bytes: 32 for sha256, 64 for the others.
std::size_t digest_size(DigestScheme scheme);

using Salt = std::array<std::uint8_t, 8>;

struct KeyDigest {
  static constexpr std::size_t kSizeMax = 64;

  DigestScheme scheme = DigestScheme::kSha256;
  Salt salt{};  // knox-salted only
  // For knox-salted only: the token's bucket out of 65,536 (see salted_bucket()), so that a question is
  // hashed against the rows of a single bucket. If a dump does not tell the bucket, there is none, and the
  // row is tried for every question.
  std::optional<std::uint16_t> bucket{};
  std::array<std::uint8_t, kSizeMax> bytes{};  // digest_size(scheme) of them are used

  std::span<const std::uint8_t> view() const { return {bytes.data(), digest_size(scheme)}; }

  friend bool operator==(const KeyDigest& a, const KeyDigest& b);
};

// The parts of a digest that comparisons need: all but the salt. Valid as long as the digest or hash viewed.
struct DigestView {
  DigestView(const KeyDigest& digest)  // NOLINT(google-explicit-constructor): a view of a digest
      : scheme(digest.scheme), bytes(digest.view()) {}
  // Views the digest of a native token.
  DigestView(const Sha256Hash& hash)  // NOLINT(google-explicit-constructor): a view of a digest
      : scheme(DigestScheme::kSha256), bytes(hash) {}

  DigestScheme scheme;
  std::span<const std::uint8_t> bytes;  // digest_size(scheme)
};

Sha256Hash sha256_of(std::string_view token);
KeyDigest sha256_digest(std::string_view token);
KeyDigest knox5_digest(std::string_view token);

// Both return nothing if the token has an odd number of digits, a character other than a hexadecimal digit,
// or more than 2 * 64 digits.
std::optional<KeyDigest> knox4_digest(std::string_view token);
std::optional<KeyDigest> knox_salted_digest(std::string_view token, const Salt& salt);

// Returns the bucket of a salted token: the first 16 bits of SHA-256 of the token's first eight digits in
// lower case. Knox stores these eight digits in clear, although they are part of the secret. A bucket reveals
// 16 bits instead of 32, and cannot be read back.
std::uint16_t salted_bucket(std::string_view token);

// Returns "****" and the last four hexadecimal digits of the digest. People see a key like this.
std::string masked_identifier(const KeyDigest& digest);

// Compares equal parts of two digests, in a time that does not depend on their bytes.
template <std::size_t size>
bool equal_parts(std::span<const std::uint8_t, size> a, std::span<const std::uint8_t, size> b) {
  std::uint64_t difference = 0;
  static_assert(size % sizeof difference == 0);
  for (std::size_t i = 0; i < size; i += sizeof difference) {
    std::uint64_t words[2];
    std::memcpy(&words[0], &a[i], sizeof difference);
    std::memcpy(&words[1], &b[i], sizeof difference);
    difference |= words[0] ^ words[1];
    // Hides the value from the compiler, which could otherwise leave the loop early.
    asm volatile("" : "+r"(difference));
  }
  return difference == 0;
}

// Compares two digests, in a time that depends on the scheme only.
bool equal_digests(DigestView a, DigestView b);

std::string to_hex(std::span<const std::uint8_t> bytes);

// Fills `out` exactly. Returns false if the text is not 2 * out.size() hexadecimal digits, upper or lower
// case.
bool from_hex(std::string_view text, std::span<std::uint8_t> out);

}  // namespace keyledger::ledger
