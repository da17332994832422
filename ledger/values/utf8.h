// UTF-8 (RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF), decoded by Boost.Locale's header.
//
// No other code of the project decodes UTF-8. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace keyledger::ledger {

// A character of a text. If the text is not UTF-8, `value` is kNotUtf8 and `bytes` is the single wrong byte.
struct CodePoint {
  static constexpr char32_t kNotUtf8 = 0xffff'ffff;

  char32_t value = kNotUtf8;
  std::string_view bytes;
};

// Removes the first character from `text`, which is not empty, and returns the character.
CodePoint take_code_point(std::string_view& text);

// Returns the number of characters; a byte that is not UTF-8 counts as one.
std::size_t count_code_points(std::string_view text);

// Returns the longest beginning of at most `bytes_max` bytes that ends between two characters.
std::string_view first_bytes(std::string_view text, std::size_t bytes_max);

// Returns true if the whole text is UTF-8 without control characters (U+0000 to U+001F, U+007F to U+009F).
bool is_text_without_controls(std::string_view text);

}  // namespace keyledger::ledger
