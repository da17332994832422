// Generates completion scripts for shells from a program's tree of commands.
//
// A script completes nouns, verbs, options, option values with fixed choices, and file names where the tree
// marks them. A script never runs the program, so that the shell answers at once and pressing a key never
// touches the ledger. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tools/help/command_tree.h"

namespace keyledger::tools::help {

enum class Shell : std::uint8_t { kBash, kZsh, kFish };

// Returns the script for bash 4.4 and later, zsh 5, or fish 3. The bash script does not need the package
// bash-completion.
std::string completion_script(const CommandNode& program, Shell shell);

// Returns `text` in single quotes, with quotes inside the text escaped for bash and zsh.
std::string quoted_for_shell(const std::string& text);

// Returns `script` with each "PROGRAM" replaced by `name`.
std::string with_program_name(std::string_view script, const std::string& name);

// Return the script for one shell; each has its own source file.
std::string bash_completion(const CommandNode& program);
std::string zsh_completion(const CommandNode& program);
std::string fish_completion(const CommandNode& program);

}  // namespace keyledger::tools::help
