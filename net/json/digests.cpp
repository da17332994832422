#include "net/json/digests.h"

#include <fmt/format.h>

#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/values/ascii_text.h"
#include "ledger/values/printable_text.h"
#include "net/json/field_reader.h"

namespace keyledger::net {

using ledger::KeyDigest;

namespace {

std::optional<std::uint32_t> base64_value(char digit) {
  if (digit >= 'A' && digit <= 'Z') return digit - 'A';
  if (digit >= 'a' && digit <= 'z') return digit - 'a' + 26;
  if (ledger::is_digit(digit)) return digit - '0' + 52;
  if (digit == '+' || digit == '-') return 62;
  if (digit == '/' || digit == '_') return 63;
  return std::nullopt;
}

// Fills `out` exactly. Returns false if the text is not base64 of out.size() bytes, with or without padding,
// or if the bits after the last byte are not zero.
bool from_base64(std::string_view text, std::span<std::uint8_t> out) {
  const std::size_t digits = (out.size() * 8 + 5) / 6;
  const std::size_t padded = (digits + 3) / 4 * 4;
  if (text.size() == padded && text.substr(digits) == std::string(padded - digits, '=')) {
    text = text.substr(0, digits);
  }
  if (text.size() != digits) return false;
  std::uint32_t bits = 0;
  int count = 0;
  std::size_t filled = 0;
  for (const char digit : text) {
    const auto value = base64_value(digit);
    if (!value) return false;
    bits = (bits << 6 | *value) & 0xffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out[filled++] = static_cast<std::uint8_t>(bits >> count);
    bits &= (1U << count) - 1;
  }
  return filled == out.size() && bits == 0;
}

}  // namespace

KeyDigest digest_of(FieldReader& fields) {
  KeyDigest digest;
  const std::string scheme = fields.text("scheme");
  const auto known = ledger::parse_digest_scheme(scheme);
  if (!known) fields.complain(ledger::quoted(scheme) + " is not a digest scheme");
  digest.scheme = known.value_or(ledger::DigestScheme::kSha256);
  const std::size_t size = ledger::digest_size(digest.scheme);
  const std::string text = fields.text("digest");
  const auto bytes = std::span(digest.bytes).first(size);
  if (!ledger::from_hex(text, bytes) && !from_base64(text, bytes)) {
    fields.complain(
        fmt::format("\"digest\" takes {} hexadecimal digits, or base64 of {} bytes", 2 * size, size));
  }
  if (digest.scheme != ledger::DigestScheme::kKnoxSalted) return digest;
  if (!ledger::from_hex(fields.text("salt"), digest.salt)) {
    fields.complain(fmt::format("\"salt\" takes {} hexadecimal digits", 2 * digest.salt.size()));
  }
  if (const auto bucket = fields.count_if_there("bucket")) {
    if (*bucket > std::numeric_limits<std::uint16_t>::max()) fields.complain("\"bucket\" is at most 65535");
    digest.bucket = static_cast<std::uint16_t>(*bucket);
  }
  return digest;
}

}  // namespace keyledger::net
