// CommandNode: the nouns, verbs and options of a program as plain values, read from its CLI11 app.
//
// Completion scripts and manual pages are made from it and from nothing else, so that they cannot say
// anything but what the program does. Values, of no thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace keyledger::tools::help {

// What completes the value of an option or an argument.
enum class ValueKind : std::uint8_t { kNone, kText, kChoice, kFile, kDirectory };

// An option, or (without names) an argument that is known by its place.
struct CommandOption {
  std::vector<std::string> names;  // with their dashes, short ones first
  std::string placeholder;         // of the value; empty for an option that takes none
  ValueKind value = ValueKind::kNone;
  std::vector<std::string> choices;
  std::string description;
  std::vector<std::string> excludes;  // names of options that it cannot be together with
  bool required = false;
  bool repeatable = false;
};

struct CommandNode {
  std::string name;
  std::string description;
  std::vector<CommandOption> options;
  std::vector<CommandOption> arguments;
  std::vector<CommandNode> commands;
};

// Without what CLI11 does not show in --help, and with --help itself at the root alone. What stands in
// braces in a validator's description (CLI::IsMember) are the choices; a type name or an argument's
// name of FILE, PATH or DIR marks the names of files.
CommandNode command_tree_of(const CLI::App& app);

// A command and where it stands. Points into the tree, which outlives it.
struct CommandPlace {
  const CommandNode* command = nullptr;
  std::vector<std::string> words;         // from the program's name on
  std::vector<const CommandNode*> above;  // from the program on, without itself

  // Without the program's name, separated by blanks: "", "key", "key create".
  std::string path() const;
  // The options of the nodes above, which every command below them takes, too.
  std::vector<CommandOption> inherited() const;
};

// The program, then each noun with its verbs behind it.
std::vector<CommandPlace> every_command(const CommandNode& program);

// The names of the option that begin with two dashes.
std::vector<std::string> long_names_of(const CommandOption& option);

}  // namespace keyledger::tools::help
