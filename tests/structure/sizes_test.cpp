// The sizes of files and functions. Long ones hold two ideas.
#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/structure/scopes.h"
#include "tests/structure/sources.h"

namespace keyledger::tests {
namespace {

constexpr std::size_t kLinesMax = 500;
constexpr std::size_t kFunctionLinesP99Max = 40;
constexpr std::size_t kLongestShown = 20;

Complaints size_complaints(const Source& source) {
  const std::size_t lines = split(source.text, '\n').size();
  if (lines <= kLinesMax) return {};
  return {std::to_string(lines) + " lines are more than " + std::to_string(kLinesMax) +
          ": find the two ideas in this file"};
}

struct Length {
  std::size_t lines;
  std::string function;  // with its place
};

// Returns the lengths of all functions, longest first.
std::vector<Length> lengths_of(const Sources& sources) {
  std::vector<Length> lengths;
  for (const Source& source : sources) {
    for (const Function& function : scopes_of(source).functions) {
      lengths.push_back({function.lines, source.path + ":" + std::to_string(function.first_line) + ": " +
                                             function.head.substr(0, 80)});
    }
  }
  std::stable_sort(lengths.begin(), lengths.end(),
                   [](const Length& a, const Length& b) { return a.lines > b.lines; });
  return lengths;
}

// Returns the 99th percentile of `lengths`, which are sorted, longest first. At most a hundredth of the
// functions is longer.
std::size_t p99_of(const std::vector<Length>& lengths) {
  return lengths.empty() ? 0 : lengths[lengths.size() / 100].lines;
}

Complaints function_complaints(const Sources& sources, const std::string& folder) {
  const std::vector<Length> lengths = lengths_of(sources);
  const std::size_t p99 = p99_of(lengths);
  if (p99 <= kFunctionLinesP99Max) return {};
  std::string longest;
  for (std::size_t at = 0; at < std::min(kLongestShown, lengths.size()); ++at) {
    longest += "\n  " + std::to_string(lengths[at].lines) + " lines: " + lengths[at].function;
  }
  return {folder + ": one function in a hundred has more than " + std::to_string(p99 - 1) +
          " lines, and may have " + std::to_string(kFunctionLinesP99Max) + ". The longest:" + longest};
}

TEST_CASE("no file is longer than five hundred lines") { check_each(all_code(), size_complaints); }

TEST_CASE("of a hundred functions ninety-nine have at most forty lines") {
  Sources sources = all_code();
  CHECK(lengths_of(sources).size() > 1000);
  CHECK(function_complaints(sources, "all") == Complaints{});
  std::erase_if(sources, [](const Source& source) { return source.path.starts_with("tests/"); });
  CHECK(function_complaints(sources, "all but tests/") == Complaints{});
}

TEST_CASE("a file of more than five hundred lines holds two ideas") {
  std::string text;
  for (std::size_t line = 0; line < kLinesMax; ++line) text += "\n";
  CHECK(size_complaints({"net/a.cpp", text}) == Complaints{});
  CHECK(size_complaints({"net/a.cpp", text + "\n"}).size() == 1);
}

// `count` functions, of which each has `lines` lines.
std::string functions(std::size_t count, std::size_t lines) {
  std::string text;
  for (std::size_t each = 0; each < count; ++each)
    text += "void f() {" + std::string(lines - 1, '\n') + "}\n";
  return text;
}

TEST_CASE("one function in a hundred may be longer than forty lines") {
  const std::string short_ones = functions(99, 40);
  CHECK(function_complaints({{"net/a.cpp", functions(1, 80) + short_ones}}, "net") == Complaints{});
  CHECK(function_complaints({{"net/a.cpp", functions(2, 41) + short_ones}}, "net").size() == 1);
  CHECK(function_complaints({}, "net") == Complaints{});
}

}  // namespace
}  // namespace keyledger::tests
