// Completion scripts, run like bash runs them and compared with --help.
#include "tools/help/completion.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/temp_directory.h"
#include "tests/tools/help/command_help.h"

namespace keyledger::tests {
namespace {

namespace fs = std::filesystem;

std::string script_for(const std::string& shell) {
  const Ending ending = run_keyledger({"completion", shell});
  REQUIRE(ending.status == 0);
  REQUIRE(ending.err.empty());
  return ending.out;
}

// Returns bash's suggestions for the last word, with the line split into words like in bash. "NATIVE option"
// tells bash to complete file names by its own rules.
Words offered(const std::string& script, const Words& words) {
  const std::string driver = script + R"sh(
compopt() { printf 'NATIVE %s\n' "${@:2}"; }
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_keyledger
((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
)sh";
  Words arguments = {"--norc", "-c", "set -u\n" + driver, "bash", "keyledger"};
  arguments.insert(arguments.end(), words.begin(), words.end());
  const Ending ending = run({.path = "/bin/bash", .arguments = arguments});
  CAPTURE(words, ending.err);
  CHECK(ending.err.empty());
  std::istringstream lines(ending.out);
  Words all;
  for (std::string line; std::getline(lines, line);) all.push_back(line);
  return all;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

bool contains(const Words& words, const std::string& word) {
  return std::ranges::find(words, word) != words.end();
}

Words with(Words words, const std::string& last) {
  words.push_back(last);
  return words;
}

}  // namespace

TEST_CASE("bash completes every noun, verb and option that --help names") {
  const std::string script = script_for("bash");
  const auto all = help_of_every_command();
  CHECK(all.size() > 25);
  for (const CommandHelp& help : all) {
    CAPTURE(help.words);
    if (!help.commands.empty()) CHECK(offered(script, with(help.words, "")) == help.commands);
    const Words options = offered(script, with(help.words, "--"));
    for (const std::string& name : help.long_options) CHECK(contains(options, name));
    for (const std::string& name : all.front().long_options) CHECK(contains(options, name));
  }
}

TEST_CASE("bash completes what was begun, wherever the options of every command stand") {
  const std::string script = script_for("bash");
  CHECK(contains(offered(script, {"key", ""}), "create"));
  CHECK(offered(script, {"key", "cre"}) == Words{"create"});
  CHECK(offered(script, {"-o", "json", "key", "cre"}) == Words{"create"});
  CHECK(offered(script, {"--output", "=", "json", "key", "cre"}) == Words{"create"});
  CHECK(offered(script, {"--output=json", "key", "cre"}) == Words{"create"});
  CHECK(offered(script, {"--connect", "unix", ":", "/key", "key", "cre"}) == Words{"create"});
  CHECK(offered(script, {"--reason", "key", "log", "st"}) == Words{"stats"});
  CHECK(offered(script, {"key", "create", "--des"}) == Words{"--description"});
  CHECK(offered(script, {"key", "create", "--tag", "list", "--user"}) == Words{"--username"});
  CHECK(offered(script, {"history", "--unt"}) == Words{"--until"});
  CHECK(offered(script, {"nonsense"}).empty());
  CHECK(offered(script, {"key", "show", ""}).empty());
}

TEST_CASE("bash completes the values that an option may have") {
  const std::string script = script_for("bash");
  const Words forms = {"table", "json", "jsonl", "csv", "yaml"};
  CHECK(offered(script, {"-o", ""}) == forms);
  CHECK(offered(script, {"key", "list", "--output", ""}) == forms);
  CHECK(offered(script, {"key", "list", "--output", "y"}) == Words{"yaml"});
  CHECK(offered(script, {"completion", ""}) == Words{"bash", "zsh", "fish"});
  CHECK(offered(script, {"completion", "bash", ""}).empty());
  CHECK(offered(script, {"key", "create", "--name", ""}).empty());
}

TEST_CASE("bash gets what it replaces, whether or not it splits words at an equals sign") {
  const std::string script = script_for("bash");
  CHECK(offered(script, {"--output", "=", "js"}) == Words{"json", "jsonl"});
  CHECK(offered(script, {"--output", "="}) == Words{"table", "json", "jsonl", "csv", "yaml"});
  CHECK(offered(script, {"--output=js"}) == Words{"--output=json", "--output=jsonl"});
}

TEST_CASE("bash completes names of files and directories itself") {
  const std::string script = script_for("bash");
  CHECK(offered(script, {"--data", ""}) == Words{"NATIVE dirnames"});
  CHECK(offered(script, {"replay", "--data", "=", "/"}) == Words{"NATIVE dirnames"});
  CHECK(offered(script, {"import", "django", ""}) == Words{"NATIVE default"});
  CHECK(offered(script, {"import", "django", "a.json", "--account", "1", "b"}) == Words{"NATIVE default"});
}

TEST_CASE("the scripts for zsh and fish have every noun, verb and option") {
  const std::string zsh = script_for("zsh");
  const std::string fish = script_for("fish");
  CHECK(zsh.starts_with("#compdef keyledger\n"));
  for (const CommandHelp& help : help_of_every_command()) {
    CAPTURE(help.words);
    std::string function = "\n_keyledger";
    for (const std::string& word : help.words) function += "_" + word;
    CHECK(contains(zsh, function + "() {\n"));
    for (const std::string& command : help.commands) {
      CHECK(contains(zsh, "\n    '" + command + ":"));
      const std::string at = help.words.empty() ? "" : " " + help.joined(" ");
      CHECK(contains(fish, "complete -c keyledger -n '__keyledger_is" + at + "' -a '" + command + "' -d '"));
    }
    for (const std::string& name : help.long_options) {
      CHECK(contains(zsh, name));
      CHECK(contains(fish, " -l " + name.substr(2) + " "));
    }
  }
}

TEST_CASE("every shell that is here can read its script") {
  const TempDirectory directory;
  std::size_t read = 0;
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    const fs::path program = "/usr/bin/" + shell;
    if (!fs::exists(program)) continue;
    const fs::path file = directory / ("script." + shell);
    std::ofstream(file) << script_for(shell);
    const Ending ending = run({.path = program, .arguments = {"-n", file.string()}});
    CAPTURE(shell, ending.err);
    CHECK(ending.status == 0);
    CHECK(ending.err.empty());
    ++read;
  }
  CHECK(read > 0);
}

TEST_CASE("what shells take for syntax in a description is escaped") {
  const tools::help::CommandNode program{
      .name = "p",
      .options = {{.names = {"-v", "--verb"}, .description = "it's [so]: a\\b\n$(x)"}},
      .commands = {{.name = "run", .description = "it's: \\"}}};
  CHECK(contains(tools::help::completion_script(program, tools::help::Shell::kZsh),
                 R"('(-v --verb)--verb[it'\''s \[so\]\: a\\b $(x)]')"));
  CHECK(contains(tools::help::completion_script(program, tools::help::Shell::kZsh), R"('run:it'\''s\: \\')"));
  CHECK(contains(tools::help::completion_script(program, tools::help::Shell::kFish),
                 R"( -s v -l verb -d 'it\'s [so]: a\\b $(x)')"));
}

TEST_CASE("an option of a verb goes before one of the same name that every command takes") {
  const tools::help::CommandOption everywhere{
      .names = {"--to"}, .placeholder = "TEXT", .value = tools::help::ValueKind::kChoice, .choices = {"far"}};
  tools::help::CommandOption own = everywhere;
  own.choices = {"near"};
  const tools::help::CommandNode program{.name = "keyledger",
                                         .options = {everywhere},
                                         .commands = {{.name = "go", .options = {own}}, {.name = "stay"}}};
  const std::string script = tools::help::completion_script(program, tools::help::Shell::kBash);
  CHECK(offered(script, {"go", "--to", ""}) == Words{"near"});
  CHECK(offered(script, {"stay", "--to", ""}) == Words{"far"});
  CHECK(offered(script, {"--to", ""}) == Words{"far"});
}

}  // namespace keyledger::tests
