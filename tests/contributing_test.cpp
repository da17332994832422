// The documents that show a contributor the way name files, targets, presets, tests and options that exist.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "tests/structure/sources.h"

namespace keyledger::tests {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::ifstream in(repository_root() / file, std::ios::binary);
  CAPTURE(file.string());
  REQUIRE(in.good());
  return {std::istreambuf_iterator<char>(in), {}};
}

// Returns the first group of each match.
std::set<std::string> found(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  std::set<std::string> groups;
  for (std::sregex_iterator each(text.begin(), text.end(), regex), end; each != end; ++each) {
    groups.insert((*each)[1]);
  }
  return groups;
}

// The lines of the fenced blocks of commands.
std::vector<std::string> commands_in(const std::string& document) {
  std::vector<std::string> commands;
  bool is_command = false;
  for (const std::string_view line : split(document, '\n')) {
    if (line.starts_with("```")) {
      is_command = line == "```sh";
    } else if (is_command) {
      commands.emplace_back(line.substr(0, line.find(" #")));
    }
  }
  return commands;
}

std::string all_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

TEST_CASE("every file and folder that a guide names in code exists") {
  const fs::path document = GENERATE("README.md", "CONTRIBUTING.md", "docs/architecture.md");
  CAPTURE(document.string());
  for (const std::string& name :
       found(text_of(document), "`((?:ledger|projections|commands|net|tools|tests|docs)/[^`\\s]*)[^`]*`")) {
    CAPTURE(name);
    CHECK(fs::exists(repository_root() / name));
  }
}

TEST_CASE("the map has a row for every room") {
  std::set<std::string> rooms = {"tests/"};
  for (const Source& source : all_sources()) {
    if (!source.path.ends_with("/CMakeLists.txt")) continue;
    if (source.text.find("keyledger_library(") == std::string::npos) continue;
    rooms.insert(std::string(folder_of(source.path)) + "/");
  }
  const std::string document = text_of("docs/architecture.md");
  const std::size_t map = document.find("\n## The map\n");
  REQUIRE(map != std::string::npos);
  CHECK(found(document.substr(map, document.find("\n### ", map) - map), "\n\\| `([^`]+)` \\|") == rooms);
}

TEST_CASE("the commands for contributors name presets and targets that exist") {
  const std::string commands = all_of(commands_in(text_of("CONTRIBUTING.md")));
  const std::string presets = text_of("CMakePresets.json");
  const auto names = found(commands, "--preset ([a-z]+)");
  CHECK(names.size() >= 2);
  for (const std::string& name : names) {
    CAPTURE(name);
    CHECK(presets.find("\"name\": \"" + name + "\"") != std::string::npos);
  }
  std::string cmake;
  for (const Source& source : all_sources()) {
    if (source.path.ends_with("CMakeLists.txt")) cmake += source.text;
  }
  const auto targets = found(commands, "--target ([a-z_]+)");
  CHECK(targets.size() >= 2);
  for (const std::string& target : targets) {
    CAPTURE(target);
    CHECK(std::regex_search(cmake, std::regex("(keyledger_library|add_executable)\\(" + target + "\\s")));
  }
}

TEST_CASE("the commands for contributors choose tests that exist") {
  std::set<std::string> names;
  for (const Source& source : all_code()) names.merge(found(source.text, "TEST_CASE\\(\"([^\"]+)\""));
  CHECK(names.size() > 500);
  const auto patterns = found(all_of(commands_in(text_of("CONTRIBUTING.md"))), "-R '([^']+)'");
  CHECK(patterns.size() >= 4);
  for (const std::string& pattern : patterns) {
    CAPTURE(pattern);
    const std::regex regex(pattern);
    CHECK(std::any_of(names.begin(), names.end(),
                      [&](const std::string& name) { return std::regex_search(name, regex); }));
  }
}

TEST_CASE("the commands for contributors give scripts the options that they have") {
  std::size_t options = 0;
  for (const std::string& command : commands_in(text_of("CONTRIBUTING.md"))) {
    CAPTURE(command);
    const std::string own = command.substr(0, command.find(" -- "));
    for (const std::string& script : found(own, "^(tools/[a-z]+)")) {
      const std::string text = text_of(script);
      for (const std::string& option : found(own, " (--[a-z]+)")) {
        CAPTURE(option);
        CHECK(text.find("\n  " + option) != std::string::npos);
        ++options;
      }
    }
  }
  CHECK(options >= 3);
  CHECK(text_of("tests/support/seed.h").find("KEYLEDGER_TEST_SEED") != std::string::npos);
}

}  // namespace
}  // namespace keyledger::tests
