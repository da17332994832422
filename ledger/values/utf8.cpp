#include "ledger/values/utf8.h"

#include <algorithm>
#include <boost/locale/utf.hpp>

#include "ledger/values/ensure.h"

namespace keyledger::ledger {
namespace {

namespace utf = boost::locale::utf;

bool is_control(char32_t value) { return value < 0x20 || (value >= 0x7f && value <= 0x9f); }

}  // namespace

CodePoint take_code_point(std::string_view& text) {
  ENSURE(!text.empty(), "a character is taken from a text that has one");
  const char* next = text.data();
  const utf::code_point value = utf::utf_traits<char>::decode(next, text.data() + text.size());
  CodePoint point{.value = value, .bytes = text.substr(0, static_cast<std::size_t>(next - text.data()))};
  if (value == utf::illegal || value == utf::incomplete) {
    point = {.value = CodePoint::kNotUtf8, .bytes = text.substr(0, 1)};
  }
  text.remove_prefix(point.bytes.size());
  return point;
}

std::size_t count_code_points(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count) take_code_point(text);
  return count;
}

std::string_view first_bytes(std::string_view text, std::size_t bytes_max) {
  std::size_t kept = 0;
  for (std::string_view rest = text; !rest.empty(); kept = text.size() - rest.size()) {
    if (kept + take_code_point(rest).bytes.size() > bytes_max) break;
  }
  return text.substr(0, kept);
}

bool is_text_without_controls(std::string_view text) {
  // Most texts are ASCII, and need no decoding.
  const auto is_plain = [](char c) { return c >= ' ' && c <= '~'; };
  if (std::all_of(text.begin(), text.end(), is_plain)) return true;
  while (!text.empty()) {
    const CodePoint point = take_code_point(text);
    if (point.value == CodePoint::kNotUtf8 || is_control(point.value)) return false;
  }
  return true;
}

}  // namespace keyledger::ledger
