// KeyDigest: what is stored of a token instead of it, and the schemes by which it is made.
//
//   sha256       SHA-256(text)                        native tokens
//   knox5        SHA-512(text)                        django-rest-knox 5.x, text with its prefix, UTF-8
//   knox4        SHA-512(unhex(text))                 django-rest-knox 4.2
//   knox-salted  SHA-512(unhex(text) || unhex(salt))  django-rest-knox 2.0 to 4.1, a salt of 8 bytes a row
//
// Values; every function may be called from any thread. Comparisons take constant time.
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

// The numbers are stored in events.
enum class DigestScheme : std::uint8_t { kSha256 = 0, kKnox5 = 1, kKnox4 = 2, kKnoxSalted = 3 };

constexpr std::size_t kDigestSchemes = 4;

std::string_view name_of(DigestScheme scheme);
std::optional<DigestScheme> parse_digest_scheme(std::string_view name);

// In bytes: 32 for sha256, 64 for the others.
std::size_t digest_size(DigestScheme scheme);

using Salt = std::array<std::uint8_t, 8>;

struct KeyDigest {
  static constexpr std::size_t kSizeMax = 64;

  DigestScheme scheme = DigestScheme::kSha256;
  Salt salt{};  // knox-salted only
  // knox-salted only: which of 65,536 buckets the token falls into (salted_bucket), so that a question is
  // hashed against the rows of one bucket. Nothing if the dump did not tell: such a row is tried every time.
  std::optional<std::uint16_t> bucket{};
  std::array<std::uint8_t, kSizeMax> bytes{};  // digest_size(scheme) of them are used

  std::span<const std::uint8_t> view() const { return {bytes.data(), digest_size(scheme)}; }

  friend bool operator==(const KeyDigest& a, const KeyDigest& b);
};

// What a digest is compared by: the whole of it but its salt. Holds as long as what it was made of.
struct DigestView {
  DigestView(const KeyDigest& digest)  // NOLINT(google-explicit-constructor): it is one
      : scheme(digest.scheme), bytes(digest.view()) {}
  // Of a native token.
  DigestView(const Sha256Hash& hash)  // NOLINT(google-explicit-constructor): likewise
      : scheme(DigestScheme::kSha256), bytes(hash) {}

  DigestScheme scheme;
  std::span<const std::uint8_t> bytes;  // digest_size(scheme)
};

Sha256Hash sha256_of(std::string_view token);
KeyDigest sha256_digest(std::string_view token);
KeyDigest knox5_digest(std::string_view token);

// Nothing if the text is not an even number of hexadecimal digits, or longer than 2 * 64.
std::optional<KeyDigest> knox4_digest(std::string_view token);
std::optional<KeyDigest> knox_salted_digest(std::string_view token, const Salt& salt);

// The bucket of a salted token: the first 16 bits of SHA-256 of its first eight digits in lower case. Knox
// stores those eight digits themselves, which are a part of the secret; the bucket gives away 16 bits instead
// of 32 and cannot be read back.
std::uint16_t salted_bucket(std::string_view token);

// "****" and the last four hexadecimal digits of the digest: what people see of a key.
std::string masked_identifier(const KeyDigest& digest);

// Equal parts of two digests, in time that does not depend on them.
template <std::size_t size>
bool equal_parts(std::span<const std::uint8_t, size> a, std::span<const std::uint8_t, size> b) {
  std::uint64_t difference = 0;
  static_assert(size % sizeof difference == 0);
  for (std::size_t i = 0; i < size; i += sizeof difference) {
    std::uint64_t words[2];
    std::memcpy(&words[0], &a[i], sizeof difference);
    std::memcpy(&words[1], &b[i], sizeof difference);
    difference |= words[0] ^ words[1];
    // A compiler that knew what it holds could leave the loop early.
    asm volatile("" : "+r"(difference));
  }
  return difference == 0;
}

// In time that depends on the scheme only.
bool equal_digests(DigestView a, DigestView b);

std::string to_hex(std::span<const std::uint8_t> bytes);

// Fills `out` exactly; false if the text is not 2 * out.size() hexadecimal digits of either case.
bool from_hex(std::string_view text, std::span<std::uint8_t> out);

}  // namespace keyledger::ledger
