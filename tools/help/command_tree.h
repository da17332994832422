// CommandNode: the nouns, verbs and options of a program as plain values, read from the program's CLI11 app.
//
// Completion scripts and manual pages are generated from this tree alone and therefore always agree with the
// program. Any thread may read the values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace keyledger::tools::help {

// How a shell completes the value of an option or an argument.
enum class ValueKind : std::uint8_t { kNone, kText, kChoice, kFile, kDirectory };

// An option, or an argument: arguments have no names and are identified by position.
struct CommandOption {
  std::vector<std::string> names;  // with their dashes, short names first
  std::string placeholder;         // for the value; empty if the option takes no value
  ValueKind value = ValueKind::kNone;
  std::vector<std::string> choices;
  std::string description;
  std::vector<std::string> excludes;  // names of options that must not be given together with this option
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

// Returns the tree of `app`, without commands and options hidden from --help; --help itself is listed only at
// the root. Choices are read from the braces in a validator's description (CLI::IsMember). A type name or
// argument name of FILE, PATH or DIR marks the name of a file or a directory.
CommandNode command_tree_of(const CLI::App& app);

// A command and its path in the tree. Points into the tree; the tree must outlive this value.
struct CommandPlace {
  const CommandNode* command = nullptr;
  std::vector<std::string> words;         // from the program's name to the command's
  std::vector<const CommandNode*> above;  // from the program down to the command's parent

  // Returns the words after the program's name, separated by blanks: "", "key", "key create".
  std::string path() const;
  // Returns the options of the nodes above; every command below a node takes the node's options, too.
  std::vector<CommandOption> inherited() const;
};

// Returns the program, then each noun followed by its verbs.
std::vector<CommandPlace> every_command(const CommandNode& program);

// Returns the names of the option that begin with two dashes.
std::vector<std::string> long_names_of(const CommandOption& option);

}  // namespace keyledger::tools::help
