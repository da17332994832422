// Texts: each is clean, finished and about no particular machine; a header says what it is; clocks and dice
// are given to the code from outside; and the top of the repository has a fixed list.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/structure/sources.h"

namespace keyledger::tests {
namespace {

const std::vector<std::string> kClocksAndDice = {joined("system", "_clock"), joined("time(null", "ptr"),
                                                 joined("time(NU", "LL"),    joined("random", "_device"),
                                                 joined("ran", "d("),        joined("gettime", "ofday")};
const std::vector<std::string> kUnfinished = {joined("TO", "DO"), joined("FIX", "ME"), joined("XX", "X")};
const std::vector<std::string> kWorkplace = {joined("/wo", "rk/"), joined("../sh", "ared")};
const std::string kUsingStd = joined("using namespace ", "std;");

// --- The rules ---

// Time and chance are given to the code by tools/ alone.
Complaints clock_complaints(const Source& source) {
  if (source.path.starts_with("tools/") || source.path.starts_with("tests/support/")) return {};
  Complaints complaints;
  for (const std::string_view line : split(source.text, '\n')) {
    for (const std::string& name : kClocksAndDice) {
      if (has_word(line, name)) complaints.push_back("a clock or a die of its own: " + std::string(line));
    }
  }
  return complaints;
}

Complaints header_complaints(const Source& source) {
  if (!source.path.ends_with(".h")) return {};
  Complaints complaints;
  if (!source.text.starts_with("// ")) complaints.push_back("a header begins with a comment: what it is");
  if (!contains(split(source.text, '\n'), "#pragma once")) complaints.push_back("a header has #pragma once");
  return complaints;
}

Complaints using_complaints(const Source& source) {
  if (source.text.find(kUsingStd) == source.text.npos) return {};
  return {"the whole of std is not used in one go"};
}

// The rule for every text file, code or not.
Complaints text_complaints(const Source& source) {
  Complaints complaints;
  for (const std::string_view line : split(source.text, '\n')) {
    const auto complain = [&](const std::string& what) {
      complaints.push_back(what + ": " + std::string(line));
    };
    if (line.find('\t') != line.npos) complain("a tab");
    if (line.ends_with(' ') || line.ends_with('\r')) complain("trailing blanks");
    for (const std::string& word : kUnfinished) {
      if (has_word(line, word)) complain("something is unfinished");
    }
    for (const std::string& place : kWorkplace) {
      if (line.find(place) != line.npos) complain("a place on somebody's machine");
    }
  }
  if (!source.text.empty() && !source.text.ends_with('\n')) complaints.push_back("no newline at the end");
  return complaints;
}

// The list has the project's own files and folders, and the products of tools that .gitignore names.
Complaints top_level_complaints(const std::vector<std::string>& names) {
  static const std::set<std::string, std::less<>> allowed = {".cache",
                                                             ".ci",
                                                             ".clang-format",
                                                             ".clang-tidy",
                                                             ".git",
                                                             ".gitignore",
                                                             "CHANGELOG.md",
                                                             "CMakeLists.txt",
                                                             "CMakePresets.json",
                                                             "CONTRIBUTING.md",
                                                             "LICENSE",
                                                             "README.md",
                                                             "build",
                                                             "commands",
                                                             "compile_commands.json",
                                                             "docs",
                                                             "ledger",
                                                             "net",
                                                             "projections",
                                                             "quickstart-data",
                                                             "tests",
                                                             "tools"};
  Complaints complaints;
  for (const std::string& name : names) {
    if (!allowed.contains(name)) complaints.push_back("this does not belong at the top: " + name);
  }
  return complaints;
}

// --- The repository ---

TEST_CASE("every text is clean, finished and about no particular machine") {
  check_each(all_sources(), text_complaints);
}

TEST_CASE("every source keeps the rules of the house that a line shows") {
  const Sources code = all_code();
  check_each(code, clock_complaints);
  check_each(code, header_complaints);
  check_each(code, using_complaints);
}

TEST_CASE("nothing stands at the top of the repository that does not belong there") {
  CHECK(top_level_complaints(top_level_names()) == Complaints{});
}

// --- The rules, tested ---

TEST_CASE("only the tools may read a clock or draw randomness") {
  for (const std::string& name : kClocksAndDice) {
    const std::string line = "  const auto now = std::" + name + ";\n";
    CAPTURE(line);
    CHECK(clock_complaints({"commands/a.cpp", line}).size() == 1);
    CHECK(clock_complaints({"tests/net/a_test.cpp", line}).size() == 1);
    CHECK(clock_complaints({"tools/a.cpp", line}) == Complaints{});
    CHECK(clock_complaints({"tests/support/a.h", line}) == Complaints{});
  }
  CHECK(clock_complaints({"ledger/a.cpp", "up" + kClocksAndDice[1] + "; ope" + kClocksAndDice[4] + ";\n"}) ==
        Complaints{});
}

TEST_CASE("a header says what it is, once") {
  CHECK(header_complaints({"net/a.h", "#pragma once\n"}).size() == 1);
  CHECK(header_complaints({"net/a.h", "// A: something.\n"}).size() == 1);
  CHECK(header_complaints({"net/a.h", "// A: something.\n#pragma once\n"}) == Complaints{});
}

TEST_CASE("a text is clean, finished and about no particular machine") {
  CHECK(text_complaints({"README.md", "a b\n"}) == Complaints{});
  CHECK(text_complaints({"README.md", "a\tb\n"}).size() == 1);
  CHECK(text_complaints({"README.md", "a \n"}).size() == 1);
  CHECK(text_complaints({"README.md", "a\r\n"}).size() == 1);
  CHECK(text_complaints({"README.md", "a"}).size() == 1);
  for (const std::string& word : kUnfinished)
    CHECK(text_complaints({"a.md", "// " + word + ": b\n"}).size() == 1);
  for (const std::string& place : kWorkplace)
    CHECK(text_complaints({"a.md", "see " + place + "b\n"}).size() == 1);
  CHECK(text_complaints({"tools/a", "mktemp " + kUnfinished[2] + kUnfinished[2] + "\n"}) == Complaints{});
  CHECK(using_complaints({"net/a.cpp", kUsingStd + "\n"}).size() == 1);
}

TEST_CASE("the top of the repository has a fixed list") {
  CHECK(top_level_complaints({"ledger", "README.md", ".git"}) == Complaints{});
  CHECK(top_level_complaints({"third_party"}).size() == 1);
}

}  // namespace
}  // namespace keyledger::tests
