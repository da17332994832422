// Recognizes from its first bytes a file that is not a JSON dump.
//
// Operators pass the files they have: a compressed dump, a YAML dump, a database. Each gets a helpful answer,
// where a JSON parser could only say "line 1, column 1". Pure; any thread.
#pragma once

#include <string_view>

namespace keyledger::tools::import {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // of UTF-8

// Returns the problem ("is empty", "looks like YAML, ..."). Returns an empty text if the file may be a JSON
// array, or if its fault is better explained by a parser.
std::string_view wrong_beginning(std::string_view text);

}  // namespace keyledger::tools::import
