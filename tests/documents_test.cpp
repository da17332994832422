// Documents agree with the code: their tables are compared with the schema and the tables in the code, and
// every link has a target.
#include <capnp/schema.h>
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "ledger/codec/events.capnp.h"
#include "ledger/values/error.h"
#include "ledger/values/verdict_reason.h"
#include "net/json/commands.h"
#include "net/wire/wire.capnp.h"

namespace keyledger::tests {
namespace {

namespace fs = std::filesystem;
namespace schema = ledger::schema;

using Names = std::vector<std::string>;

const fs::path kRoot = KEYLEDGER_SOURCE_DIR;

std::string text_of(const fs::path& file) {
  std::ifstream in(kRoot / file, std::ios::binary);
  CAPTURE(file.string());
  REQUIRE(in.good());
  return {std::istreambuf_iterator<char>(in), {}};
}

// Returns the texts in backticks from the first column of the first table after a heading; skips the table's
// head.
Names first_column_below(const std::string& document, const std::string& heading) {
  std::istringstream lines(
      document.substr(std::min(document.find("\n" + heading + "\n") + 1, document.size())));
  std::string line;
  std::getline(lines, line);
  Names names;
  bool in_table = false;
  while (std::getline(lines, line) && !line.starts_with("#")) {
    if (in_table && !line.starts_with("|")) break;
    in_table = line.starts_with("|");
    const std::size_t begin = line.find('`');
    if (line.starts_with("| `"))
      names.push_back(line.substr(begin + 1, line.find('`', begin + 1) - begin - 1));
  }
  return names;
}

Names headings_in(const std::string& document, const std::string& mark) {
  std::istringstream lines(document);
  Names headings;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(mark + " ")) headings.push_back(line.substr(mark.size() + 1));
  }
  return headings;
}

Names field_names(const capnp::StructSchema& type) {
  Names names;
  for (const auto field : type.getFields()) names.emplace_back(field.getProto().getName().cStr());
  return names;
}

std::string capitalised(std::string name) {
  name.front() = static_cast<char>(name.front() - 'a' + 'A');
  return name;
}

TEST_CASE("the catalogue of events is that of the schema") {
  const std::string document = text_of("docs/events.md");
  Names events;
  for (const auto member : capnp::Schema::from<schema::Event>().getUnionFields()) {
    const std::string name = member.getProto().getName().cStr();
    const std::string title = capitalised(name);
    events.push_back(title);
    CAPTURE(title);
    const capnp::Type type = member.getType();
    const Names expected = type.isStruct() ? field_names(type.asStruct()) : Names{name};
    CHECK(first_column_below(document, "### " + title) == expected);
    const auto ordinal = member.getProto().getOrdinal().getExplicit();
    CHECK(document.find(fmt::format("\n### {}\n\nOrdinal {}, version 1.", title, ordinal)) !=
          std::string::npos);
  }
  CHECK(headings_in(document, "###") == events);
}

TEST_CASE("the fields of a record are those of the schema") {
  const std::string document = text_of("docs/events.md");
  CHECK(first_column_below(document, "## Record") == field_names(capnp::Schema::from<schema::Record>()));
  CHECK(first_column_below(document, "## Actor") == field_names(capnp::Schema::from<schema::Actor>()));
  CHECK(first_column_below(document, "## Origin") == field_names(capnp::Schema::from<schema::Origin>()));
}

TEST_CASE("every request is explained, with its ordinal") {
  const std::string document = text_of("docs/wire.md");
  for (const auto member : capnp::Schema::from<net::wire::Request>().getUnionFields()) {
    const std::string row = fmt::format("\n| {} | `{}` | ", member.getProto().getOrdinal().getExplicit(),
                                        member.getProto().getName().cStr());
    CAPTURE(row);
    CHECK(document.find(row) != std::string::npos);
  }
}

TEST_CASE("C8: every member of the wire's schema has a comment of its own") {
  std::istringstream lines(text_of("net/wire/wire.capnp"));
  const std::regex member(R"( *[a-z]\w* @[0-9]+( :|;).*)");
  std::size_t members = 0;
  std::string awaited;  // a member whose comment has not come
  for (std::string line; std::getline(lines, line);) {
    const bool is_comment = std::regex_match(line, std::regex(" *# .*"));
    CAPTURE(awaited, line);
    if (!awaited.empty()) CHECK(is_comment);
    awaited = std::regex_match(line, member) ? line : "";
    if (!awaited.empty()) ++members;
  }
  CHECK(awaited.empty());
  CHECK(members > 330);
}

TEST_CASE("C7: the tables of refusals and errors are the code's, and tell what may be retried") {
  const std::string document = text_of("docs/refusals.md");
  std::size_t rows = 0;
  for (const ledger::CodeEntry& entry : ledger::code_table()) {
    const std::string row = fmt::format("\n| {} | `{}` | {} | {} | {} |\n", entry.code, entry.name,
                                        to_string(entry.retry), entry.message, entry.advice);
    CAPTURE(row);
    CHECK(document.find(row) != std::string::npos);
    ++rows;
  }
  const std::regex any_row("\n\\| [0-9]{4} \\| `");
  CHECK(static_cast<std::size_t>(std::distance(
            std::sregex_iterator(document.begin(), document.end(), any_row), std::sregex_iterator())) ==
        rows);
}

TEST_CASE("the table of commands as JSON is the code's") {
  const auto& names = net::command_names();
  CHECK(first_column_below(text_of("docs/cli.md"), "### Commands as JSON") ==
        Names(names.begin(), names.end()));
}

TEST_CASE("the table of verdicts is the code's") {
  const std::string document = text_of("docs/wire.md");
  for (std::uint64_t number = 0; number < ledger::kVerdictReasons; ++number) {
    const auto& entry = ledger::entry_of(*ledger::verdict_reason_from(number));
    const std::string row =
        fmt::format("\n| {} | `{}` | {} | {} |\n", number, entry.name, entry.stranger, entry.trusted);
    CAPTURE(row);
    CHECK(document.find(row) != std::string::npos);
  }
}

// Returns the anchor that GitHub gives a heading, for the characters used in our headings.
std::string anchor_of(const std::string& heading) {
  std::string anchor;
  for (const char c : heading) {
    if (c == ' ' || c == '-') anchor += '-';
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') {
      anchor += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return anchor;
}

std::set<std::string> anchors_in(const std::string& document) {
  std::set<std::string> anchors;
  for (const std::string mark : {"#", "##", "###", "####"}) {
    for (const std::string& heading : headings_in(document, mark)) anchors.insert(anchor_of(heading));
  }
  return anchors;
}

std::vector<fs::path> documents() {
  std::vector<fs::path> all = {"README.md", "CHANGELOG.md", "CONTRIBUTING.md"};
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / "docs")) {
    if (entry.path().extension() == ".md") all.push_back(entry.path().lexically_relative(kRoot));
  }
  return all;
}

TEST_CASE("every link between documents leads to a file, and to a heading in it") {
  const std::regex link(R"(\]\(([^)\s]+)\))");
  std::size_t followed = 0;
  for (const fs::path& file : documents()) {
    const std::string text = text_of(file);
    for (std::sregex_iterator each(text.begin(), text.end(), link), end; each != end; ++each) {
      const std::string target = (*each)[1];
      if (target.starts_with("http")) continue;
      CAPTURE(file.string(), target);
      const std::size_t hash = std::min(target.find('#'), target.size());
      const fs::path to = hash == 0 ? file : (file.parent_path() / target.substr(0, hash)).lexically_normal();
      REQUIRE(fs::exists(kRoot / to));
      if (hash < target.size()) CHECK(anchors_in(text_of(to)).contains(target.substr(hash + 1)));
      ++followed;
    }
  }
  CHECK(followed > 20);
}

TEST_CASE("every decision is in the index, and the index has no other") {
  const std::string index = text_of("docs/decisions/README.md");
  std::size_t records = 0;
  for (const auto& entry : fs::directory_iterator(kRoot / "docs/decisions")) {
    const std::string name = entry.path().filename().string();
    if (name == "README.md") continue;
    CAPTURE(name);
    CHECK(std::regex_match(name, std::regex("[0-9]{4}-[a-z0-9-]+\\.md")));
    CHECK(index.find("(" + name + ")") != std::string::npos);
    ++records;
  }
  CHECK(records > 5);
}

}  // namespace
}  // namespace keyledger::tests
