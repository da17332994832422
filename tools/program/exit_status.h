// The exit statuses of all programs, and their meaning.
#pragma once

#include <cstdint>

namespace keyledger::tools::program {

constexpr int kExitDone = 0;         // success; a question about a key was answered with "allowed"
constexpr int kExitRefused = 1;      // refused by a rule, denied, or unusable input
constexpr int kExitUsage = 2;        // the command line is wrong
constexpr int kExitUnreachable = 3;  // a daemon, a ledger or a file cannot be reached or opened
constexpr int kExitCorrupt = 4;      // corruption was found

// Returns the exit status for `code`, a number from the table of codes in ledger/values/error.h.
int exit_status_of(std::uint16_t code);

}  // namespace keyledger::tools::program
