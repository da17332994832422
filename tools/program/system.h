// Access to the machine a program runs on: time, randomness, default paths, terminals. `main` calls these
// functions and passes the results down; nothing below tools/ calls them.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "ledger/values/timestamp.h"
#include "tools/program/terminal.h"

namespace keyledger::tools::program {

// Returns the version of the programs, as CMake states it.
std::string program_version();

// Returns the real clock of the machine, with microseconds; the clock may jump when the machine's time is
// set.
ledger::Clock system_clock();

// Fills `out` with random bytes from the operating system's generator, through OpenSSL. Returns false if the
// generator is not available. Any thread may call this, but a process must not fork between calls, because
// parent and child would draw equal bytes.
bool draw_randomness(std::span<std::uint8_t> out);

// Keeps the files and directories that this process makes from now on readable for their owner and group
// only, because the files of a ledger show who holds and uses keys. Called before a ledger is opened for
// writing.
void keep_new_files_from_others();

// Return whether a standard stream of the process is a terminal.
IsTerminal standard_input_is_terminal();
IsTerminal standard_output_is_terminal();
IsTerminal standard_error_is_terminal();

// Returns the directory of the ledger if none is given: KEYLEDGER_DATA if set, /var/lib/keyledger for root,
// otherwise $XDG_STATE_HOME/keyledger or ~/.local/state/keyledger.
std::filesystem::path default_data_directory();

// Returns the value of an environment variable, or an empty text if the variable is not set.
std::string environment(const char* name);

}  // namespace keyledger::tools::program
