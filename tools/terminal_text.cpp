#include "tools/terminal_text.h"

#include <fmt/format.h>

#include "ledger/values/ensure.h"

namespace keyledger::tools {
namespace {

constexpr std::size_t kQuotedMax = 60;

// How many bytes a character beginning with this one has; 0 if none does.
std::size_t length_by_first(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (first >= 0xe0 && first <= 0xef) return 3;
  if (first >= 0xf0 && first <= 0xf4) return 4;
  return 0;
}

bool fits_length(char32_t value, std::size_t length) {
  if (length == 3) return value >= 0x800 && (value < 0xd800 || value > 0xdfff);
  if (length == 4) return value >= 0x1'0000 && value <= 0x10'ffff;
  return true;
}

char32_t decode(std::string_view bytes) {
  constexpr char32_t kContinuationBits = 0x3f;
  const auto first = static_cast<unsigned char>(bytes.front());
  if (bytes.size() == 1) return first;
  char32_t value = first & (0x7fU >> bytes.size());
  for (const char next : bytes.substr(1)) {
    const auto byte = static_cast<unsigned char>(next);
    if ((byte & 0xc0U) != 0x80U) return CodePoint::kNotUtf8;
    value = value << 6U | (byte & kContinuationBits);
  }
  return fits_length(value, bytes.size()) ? value : CodePoint::kNotUtf8;
}

void append_escaped(std::string& out, const CodePoint& point) {
  if (point.value == CodePoint::kNotUtf8) {
    out += fmt::format("\\x{:02x}", static_cast<unsigned char>(point.bytes.front()));
  } else if (point.value == '\n') {
    out += "\\n";
  } else if (point.value == '\r') {
    out += "\\r";
  } else if (point.value == '\t') {
    out += "\\t";
  } else {
    const auto value = static_cast<std::uint32_t>(point.value);
    out += value < 0x80 ? fmt::format("\\x{:02x}", value) : fmt::format("\\u{:04x}", value);
  }
}

}  // namespace

CodePoint take_code_point(std::string_view& text) {
  ENSURE(!text.empty(), "a code point is taken from an empty text");
  const std::size_t length = length_by_first(static_cast<unsigned char>(text.front()));
  CodePoint point{.value = CodePoint::kNotUtf8, .bytes = text.substr(0, 1)};
  if (length != 0 && length <= text.size()) {
    point.value = decode(text.substr(0, length));
    if (point.value != CodePoint::kNotUtf8) point.bytes = text.substr(0, length);
  }
  text.remove_prefix(point.bytes.size());
  return point;
}

std::size_t count_code_points(std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    take_code_point(text);
    ++count;
  }
  return count;
}

bool steers_terminal(char32_t code_point) {
  if (code_point < 0x20 || (code_point >= 0x7f && code_point <= 0x9f)) return true;
  return code_point == 0x061c || code_point == 0x200e || code_point == 0x200f || code_point == 0xfeff ||
         (code_point >= 0x2028 && code_point <= 0x202e) || (code_point >= 0x2066 && code_point <= 0x2069);
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint point = take_code_point(text);
    if (point.value == CodePoint::kNotUtf8 || steers_terminal(point.value)) {
      append_escaped(out, point);
    } else {
      out += point.bytes;
    }
  }
  return out;
}

std::string cut_to(std::string_view text, std::size_t code_points_max) {
  ENSURE(code_points_max > 0, "a text is cut to nothing");
  std::string_view rest = text;
  std::size_t kept = 0;  // bytes that leave room for the ellipsis
  for (std::size_t count = 0; count < code_points_max; ++count) {
    if (rest.empty()) return std::string(text);
    kept = text.size() - rest.size();
    take_code_point(rest);
  }
  if (rest.empty()) return std::string(text);
  return std::string(text.substr(0, kept)) + "…";
}

std::string quoted(std::string_view text) { return '"' + cut_to(printable(text), kQuotedMax) + '"'; }

}  // namespace keyledger::tools
