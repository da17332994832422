// The commands of keyledger as listed by --help, for comparison with generated texts.
#pragma once

#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/child_process.h"

namespace keyledger::tests {

using Words = std::vector<std::string>;

inline Ending run_keyledger(Words arguments) {
  return run({.path = KEYLEDGER_BINARIES "/keyledger", .arguments = std::move(arguments)});
}

struct CommandHelp {
  Words words;  // without the program's name
  Words commands;
  std::set<std::string> long_options;

  std::string joined(const std::string& separator) const {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : separator) + word;
    return text;
  }
};

// Runs a command with --help and reads its subcommands and long options.
inline CommandHelp help_of(const Words& words) {
  CommandHelp help{.words = words};
  Words arguments = words;
  arguments.emplace_back("--help");
  std::istringstream lines(run_keyledger(arguments).out);
  bool in_commands = false;
  for (std::string line; std::getline(lines, line);) {
    if (line == "Subcommands:") in_commands = true;
    const std::size_t begin = line.find_first_not_of(' ');
    if (begin == std::string::npos) continue;
    std::istringstream names(line.substr(begin, line.find(' ', begin) - begin));
    if (in_commands && begin == 2) help.commands.push_back(names.str());
    for (std::string name; line[begin] == '-' && std::getline(names, name, ',');) {
      if (name.starts_with("--")) help.long_options.insert(name);
    }
  }
  return help;
}

// Returns the program, then each noun followed by its verbs.
inline std::vector<CommandHelp> help_of_every_command(const Words& words = {}) {
  std::vector<CommandHelp> all = {help_of(words)};
  for (const std::string& name : Words(all.front().commands)) {
    Words below = words;
    below.push_back(name);
    for (CommandHelp& help : help_of_every_command(below)) all.push_back(std::move(help));
  }
  return all;
}

}  // namespace keyledger::tests
