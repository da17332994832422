#include "ledger/values/key_digest.h"

#include <algorithm>
#include <cstring>

#include "ledger/values/ensure.h"
#include "ledger/values/secret.h"
#include "ledger/values/sha256.h"

namespace keyledger::ledger {
namespace {

constexpr std::array<std::string_view, kDigestSchemes> kSchemeNames = {"sha256", "knox5", "knox4",
                                                                       "knox-salted"};
constexpr std::string_view kSha512Name = "sha512";  // another name of knox5, for tokens of other systems
constexpr std::size_t kHexTokenBytesMax = 64;
constexpr std::size_t kBucketDigits = 8;

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

template <std::size_t size>
void put(const std::array<std::uint8_t, size>& hash, KeyDigest& digest) {
  static_assert(size <= std::tuple_size_v<decltype(digest.bytes)>);
  std::copy(hash.begin(), hash.end(), digest.bytes.begin());
}

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

// The bytes of a hexadecimal token, followed by room for a salt.
class HexToken {
 public:
  ~HexToken() { cleanse(bytes_.data(), bytes_.size()); }

  bool read(std::string_view token) {
    if (token.size() % 2 != 0 || token.size() > 2 * kHexTokenBytesMax) return false;
    size_ = token.size() / 2;
    return from_hex(token, {bytes_.data(), size_});
  }

  void append(const Salt& salt) {
    std::copy(salt.begin(), salt.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += salt.size();
  }

  void hash_into(KeyDigest& digest) const { put(sha512({bytes_.data(), size_}), digest); }

 private:
  std::array<std::uint8_t, kHexTokenBytesMax + sizeof(Salt)> bytes_{};
  std::size_t size_ = 0;
};

}  // namespace

std::string_view name_of(DigestScheme scheme) {
  const auto index = static_cast<std::size_t>(scheme);
  ENSURE(index < kSchemeNames.size(), "a digest scheme out of range");
  return kSchemeNames[index];
}

std::optional<DigestScheme> parse_digest_scheme(std::string_view name) {
  if (name == kSha512Name) return DigestScheme::kKnox5;
  const auto* found = std::find(kSchemeNames.begin(), kSchemeNames.end(), name);
  if (found == kSchemeNames.end()) return std::nullopt;
  return static_cast<DigestScheme>(found - kSchemeNames.begin());
}

std::size_t digest_size(DigestScheme scheme) {
  constexpr std::size_t kSha256Bytes = 32;
  constexpr std::size_t kSha512Bytes = 64;
  return scheme == DigestScheme::kSha256 ? kSha256Bytes : kSha512Bytes;
}

bool operator==(const KeyDigest& a, const KeyDigest& b) {
  return a.salt == b.salt && a.bucket == b.bucket && equal_digests(a, b);
}

bool equal_digests(DigestView a, DigestView b) {
  constexpr std::size_t kHalf = KeyDigest::kSizeMax / 2;
  if (a.scheme != b.scheme) return false;
  const bool head = equal_parts(a.bytes.first<kHalf>(), b.bytes.first<kHalf>());
  if (a.scheme == DigestScheme::kSha256) return head;
  const bool tail = equal_parts(a.bytes.last<kHalf>(), b.bytes.last<kHalf>());
  return head && tail;
}

Sha256Hash sha256_of(std::string_view token) { return sha256(bytes_of(token)); }

KeyDigest sha256_digest(std::string_view token) {
  KeyDigest digest;
  put(sha256_of(token), digest);
  return digest;
}

KeyDigest knox5_digest(std::string_view token) {
  KeyDigest digest{.scheme = DigestScheme::kKnox5};
  put(sha512(bytes_of(token)), digest);
  return digest;
}

std::optional<KeyDigest> knox4_digest(std::string_view token) {
  HexToken unhexed;
  if (!unhexed.read(token)) return std::nullopt;
  KeyDigest digest{.scheme = DigestScheme::kKnox4};
  unhexed.hash_into(digest);
  return digest;
}

std::optional<KeyDigest> knox_salted_digest(std::string_view token, const Salt& salt) {
  HexToken unhexed;
  if (!unhexed.read(token)) return std::nullopt;
  unhexed.append(salt);
  KeyDigest digest{.scheme = DigestScheme::kKnoxSalted, .salt = salt};
  unhexed.hash_into(digest);
  return digest;
}

std::uint16_t salted_bucket(std::string_view token) {
  std::array<unsigned char, kBucketDigits> lower{};
  const std::size_t length = std::min(token.size(), lower.size());
  for (std::size_t i = 0; i < length; ++i) {
    const char digit = token[i];
    lower[i] = static_cast<unsigned char>(digit >= 'A' && digit <= 'F' ? digit - 'A' + 'a' : digit);
  }
  const auto hash = sha256({lower.data(), length});
  cleanse(lower.data(), lower.size());
  return static_cast<std::uint16_t>(hash[0] << 8 | hash[1]);
}

std::string masked_identifier(const KeyDigest& digest) {
  constexpr std::size_t kShownBytes = 2;
  return "****" + to_hex(digest.view().last(kShownBytes));
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 0xf]);
  }
  return text;
}

bool from_hex(std::string_view text, std::span<std::uint8_t> out) {
  if (text.size() != out.size() * 2) return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = hex_value(text[2 * i]);
    const int low = hex_value(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

}  // namespace keyledger::ledger
