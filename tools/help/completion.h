// Completion scripts for shells, written out from a program's tree of commands.
//
// A script completes nouns, verbs, options, the values of options that have fixed choices, and names of
// files where the tree marks them. It never asks the program: the shell answers at once, and nothing is
// done on the record because somebody pressed a key. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tools/help/command_tree.h"

namespace keyledger::tools::help {

enum class Shell : std::uint8_t { kBash, kZsh, kFish };

// bash 4.4 and later, zsh 5, fish 3. bash needs nothing of the package bash-completion.
std::string completion_script(const CommandNode& program, Shell shell);

// For the shells' words of the scripts: 'text', with what ends the quotes escaped.
std::string quoted_for_shell(const std::string& text);

// `script` with the name for each "PROGRAM" in it.
std::string with_program_name(std::string_view script, const std::string& name);

// The three kinds, each in a file of its own.
std::string bash_completion(const CommandNode& program);
std::string zsh_completion(const CommandNode& program);
std::string fish_completion(const CommandNode& program);

}  // namespace keyledger::tools::help
