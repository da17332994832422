// Text that comes from elsewhere, made fit to be shown: to a person at a terminal, or in a line of an error.
//
// A name in the ledger may be hostile: a control character in it could move the cursor, retitle the window or
// hide what follows. Everything here is a pure function; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace keyledger::tools {

// Whether a stream ends at a person's terminal (isatty); asked once, in `main`.
enum class IsTerminal : std::uint8_t { kNo, kYes };

// The first character of a text. Where the text is not UTF-8 (RFC 3629: no overlong form, no surrogate), the
// value is kNotUtf8 and `bytes` is the one byte that is wrong.
struct CodePoint {
  static constexpr char32_t kNotUtf8 = 0xffff'ffff;

  char32_t value = kNotUtf8;
  std::string_view bytes;
};

// Takes one off the front of `text`, which is not empty.
CodePoint take_code_point(std::string_view& text);

// In code points; a byte that is not UTF-8 counts as one.
std::size_t count_code_points(std::string_view text);

// True for what must not reach a terminal as it is: the C0 and C1 controls, DEL, line and paragraph
// separators, and the marks that turn the direction of writing (a name can read as another with them).
bool steers_terminal(char32_t code_point);

// The text with everything that steers a terminal, and every byte that is not UTF-8, written as an escape:
// \n \r \t \x1b \u202e \xff.
std::string printable(std::string_view text);

// At most `code_points_max` (at least 1) of the text, with "…" as the last where something was cut off.
std::string cut_to(std::string_view text, std::size_t code_points_max);

// `printable` in double quotes and cut to 60: how a message names something from a file.
std::string quoted(std::string_view text);

}  // namespace keyledger::tools
