// Sources: the project's texts, read from the repository, and small questions about a text. The rules in
// tests/structure/ read nothing else: each rule is a function of a path and a text.
#pragma once

#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace keyledger::tests {

struct Source {
  std::string path;  // from the repository's root, with '/'
  std::string text;
};

using Sources = std::vector<Source>;
using Complaints = std::vector<std::string>;

template <typename Range>
bool contains(const Range& range, std::string_view item) {
  return std::find(std::begin(range), std::end(range), item) != std::end(range);
}

const std::filesystem::path& repository_root();

// The names of files and folders at the top of the repository.
std::vector<std::string> top_level_names();

// Returns every text of the project. Test data, pictures and generated or foreign files are left out.
Sources all_sources();

// Returns the C++ files among all_sources().
Sources all_code();

// Fails the running test once for each complaint of `rule` about each source, and names the source.
void check_each(const Sources& sources, Complaints (*rule)(const Source&));

bool ends_with_any(std::string_view text, std::initializer_list<std::string_view> ends);
bool is_code(std::string_view path);
bool is_word(char c);

// True if `line` has `word` and neither end of the finding continues a longer word: "time(" is not in
// "uptime(".
bool has_word(std::string_view line, std::string_view word);

std::vector<std::string_view> split(std::string_view text, char separator);

// "ledger" of "ledger/rocks/log.h".
std::string_view first_folder(std::string_view path);

// "ledger/rocks" of "ledger/rocks/log.h"; empty for a file at the top.
std::string_view folder_of(std::string_view path);

// "ledger/rocks/log" of "ledger/rocks/log.h": a header and its source are one component.
std::string_view component_of(std::string_view path);

// Returns `"folder/file.h"` or `<header>` of an include line, with its delimiters; empty for any other line.
std::string_view included_by(std::string_view line);

// Returns the names of our own headers that a source includes, in their order.
std::vector<std::string_view> own_includes(const Source& source);

// Puts two halves together. A rule writes a forbidden word in halves, so that it does not complain about
// itself.
std::string joined(std::string_view first, std::string_view second);

// Returns the code alone: comments, preprocessor lines and the contents of literals become blanks. Each line
// stays a line, so that positions in the result are positions in the source.
std::string code_only(std::string_view text);

}  // namespace keyledger::tests
