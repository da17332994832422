// What programs take from the machine they run on: time, randomness, places, terminals. Handed down from
// `main`; nothing below tools/ asks for these itself.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "ledger/values/timestamp.h"
#include "tools/program/terminal.h"

namespace keyledger::tools::program {

// The version of the programs, from CMake.
std::string program_version();

ledger::Clock system_clock();

// From the operating system's generator, through OpenSSL. False if there is none. Any thread; not across a
// fork, for parent and child would be given the same.
bool draw_randomness(std::span<std::uint8_t> out);

IsTerminal standard_output_is_terminal();
IsTerminal standard_error_is_terminal();

// Where a ledger lies if nobody says: KEYLEDGER_DATA, else /var/lib/keyledger for root, else
// $XDG_STATE_HOME/keyledger or ~/.local/state/keyledger.
std::filesystem::path default_data_directory();

// The variable's value, or empty.
std::string environment(const char* name);

}  // namespace keyledger::tools::program
