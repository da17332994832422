// Makes texts from elsewhere fit for a person at a terminal, or for a line of an error.
//
// A name in the ledger may be hostile: a control character could move the cursor, retitle the window or hide
// the text that follows. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "ledger/values/utf8.h"

namespace keyledger::ledger {

// Returns true for a character that must not reach a terminal unescaped: the C0 and C1 controls, DEL, line
// and paragraph separators, and the marks that change the direction of writing (they can make one name look
// like another).
bool steers_terminal(char32_t code_point);

// Returns the text with every character that steers a terminal, and every byte that is not UTF-8, written as
// an escape: \n \r \t \x1b \u202e \xff.
std::string printable(std::string_view text);

// Returns at most `code_points_max` (at least 1) characters of the text. If something was cut off, the last
// character is "…".
std::string cut_to(std::string_view text, std::size_t code_points_max);

// Returns `printable(text)`, cut to 60 characters, in double quotes. Messages name things from a file like
// this.
std::string quoted(std::string_view text);

}  // namespace keyledger::ledger
