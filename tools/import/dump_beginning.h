// What a file is that should have been a dump, going by how it begins.
//
// People hand over what they have: a compressed dump, a YAML one, a database. Each gets an answer that helps,
// where a JSON parser could only say "line 1, column 1". Pure; any thread.
#pragma once

#include <string_view>

namespace keyledger::tools::import {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // of UTF-8

// What is wrong ("is empty", "looks like YAML, ..."); empty if the text may be a JSON array, or is broken in
// a way that a parser explains better.
std::string_view wrong_beginning(std::string_view text);

}  // namespace keyledger::tools::import
