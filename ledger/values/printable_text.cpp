#include "ledger/values/printable_text.h"

#include <fmt/format.h>

#include "ledger/values/ensure.h"

namespace keyledger::ledger {
namespace {

constexpr std::size_t kQuotedMax = 60;

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
  ENSURE(code_points_max > 0, "a text keeps at least one character");
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

}  // namespace keyledger::ledger
