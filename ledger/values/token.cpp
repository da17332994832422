#include "ledger/values/token.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "ledger/values/ensure.h"
#include "ledger/values/utf8.h"

namespace keyledger::ledger {
namespace {

constexpr std::string_view kBase62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kTailLength = kTokenBodyLength + kTokenChecksumLength;
constexpr std::size_t kTokenLengthMax = kTokenPrefixLengthMax + kTailLength;

constexpr std::uint8_t kNoDigit = 0xff;

constexpr auto kDigitValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (std::size_t i = 0; i < kBase62.size(); ++i) {
    values[static_cast<unsigned char>(kBase62[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}();

std::uint8_t digit_value(char c) { return kDigitValues[static_cast<unsigned char>(c)]; }

bool is_base62(char c) { return digit_value(c) != kNoDigit; }

// Computes the CRC eight bytes at a time, by a table for each byte (M. Kounavis and F. Berry, "A Systematic
// Approach to Building High Performance Software-Based CRC Generators", 2005). A single table of bytes takes
// longer than the SHA-256 of the token, and every token of a flood of unknown tokens is checked.
constexpr std::size_t kCrcBytes = 8;

constexpr auto kCrcTables = [] {
  constexpr std::uint32_t kPolynomial = 0xedb88320;  // of ISO-HDLC, reflected
  std::array<std::array<std::uint32_t, 256>, kCrcBytes> tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? kPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (std::size_t t = 1; t < kCrcBytes; ++t) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[t - 1][byte];
      tables[t][byte] = before >> 8 ^ tables[0][before & 0xff];
    }
  }
  return tables;
}();

std::uint32_t crc32(std::string_view text) {
  static_assert(std::endian::native == std::endian::little);
  std::uint32_t crc = ~std::uint32_t{0};
  for (; text.size() >= kCrcBytes; text.remove_prefix(kCrcBytes)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), sizeof word);
    word ^= crc;
    crc = 0;
    for (std::size_t i = 0; i < kCrcBytes; ++i) crc ^= kCrcTables[kCrcBytes - 1 - i][word >> 8 * i & 0xff];
  }
  for (const char c : text) crc = crc >> 8 ^ kCrcTables[0][(crc ^ static_cast<unsigned char>(c)) & 0xff];
  return ~crc;
}

bool is_checksum(std::string_view digits, std::uint32_t crc) {
  std::uint64_t value = 0;
  for (const char digit : digits) value = value * 62 + digit_value(digit);
  return value == crc;
}

std::array<char, kTokenChecksumLength> checksum_of(std::string_view text) {
  std::array<char, kTokenChecksumLength> digits{};
  std::uint32_t rest = crc32(text);
  for (std::size_t i = digits.size(); i-- > 0; rest /= 62) digits[i] = kBase62[rest % 62];
  return digits;
}

// Returns 256 bits in base62, most significant digit first, by long division. Each division yields as many
// digits as leave room for the remainder in a word of 32 bits.
std::array<char, kTokenBodyLength> body_of(const TokenEntropy& entropy) {
  constexpr std::size_t kDigitsAtOnce = 5;
  constexpr std::uint64_t kDivisor = std::uint64_t{62} * 62 * 62 * 62 * 62;
  std::array<std::uint32_t, std::tuple_size_v<TokenEntropy> / sizeof(std::uint32_t)> words{};
  for (std::size_t i = 0; i < entropy.size(); ++i) words[i / 4] = words[i / 4] << 8 | entropy[i];
  std::array<char, kTokenBodyLength> digits{};
  for (std::size_t end = digits.size(); end > 0; end -= std::min(end, kDigitsAtOnce)) {
    std::uint64_t remainder = 0;
    for (std::uint32_t& word : words) {
      const std::uint64_t value = remainder << 32 | word;
      word = static_cast<std::uint32_t>(value / kDivisor);
      remainder = value % kDivisor;
    }
    for (std::size_t i = end; i > end - std::min(end, kDigitsAtOnce); remainder /= 62) {
      digits[--i] = kBase62[remainder % 62];
    }
  }
  cleanse(words.data(), sizeof words);
  return digits;
}

}  // namespace

bool is_token_prefix(std::string_view prefix) {
  return !prefix.empty() && prefix.size() <= kTokenPrefixLengthMax &&
         std::all_of(prefix.begin(), prefix.end(),
                     [](char c) { return is_base62(c) || c == '_' || c == '-'; });
}

Secret make_token(std::string_view prefix, const TokenEntropy& entropy) {
  ENSURE(is_token_prefix(prefix), "make_token needs a checked prefix");
  std::array<char, kTokenLengthMax> text{};
  auto* end = std::copy(prefix.begin(), prefix.end(), text.begin());
  auto body = body_of(entropy);
  end = std::copy(body.begin(), body.end(), end);
  const auto checksum = checksum_of({text.data(), static_cast<std::size_t>(end - text.begin())});
  end = std::copy(checksum.begin(), checksum.end(), end);
  auto secret = Secret::from({text.data(), static_cast<std::size_t>(end - text.begin())});
  cleanse(body.data(), body.size());
  cleanse(text.data(), text.size());
  ENSURE(secret.has_value(), "a native token fits a Secret");
  return std::move(*secret);
}

TokenShape shape_of(std::string_view token) {
  if (token.empty() || token.size() > Secret::kLengthMax || !is_text_without_controls(token))
    return TokenShape::kUnusable;
  if (!is_native_length(token.size())) return TokenShape::kOther;
  const std::string_view tail = token.substr(token.size() - kTailLength);
  if (!std::all_of(tail.begin(), tail.end(), is_base62)) return TokenShape::kOther;
  const std::string_view before_checksum = token.substr(0, token.size() - kTokenChecksumLength);
  if (is_checksum(token.substr(before_checksum.size()), crc32(before_checksum))) return TokenShape::kNative;
  const bool default_prefix = token.substr(0, token.size() - kTailLength) == kTokenPrefix;
  return default_prefix ? TokenShape::kMistyped : TokenShape::kOther;
}

}  // namespace keyledger::ledger
