// What the programs' exit statuses mean.
#pragma once

#include <cstdint>

namespace keyledger::tools::program {

constexpr int kExitDone = 0;         // done, or allowed
constexpr int kExitRefused = 1;      // refused by a rule, denied, or input that cannot be used
constexpr int kExitUsage = 2;        // the command line is not understood
constexpr int kExitUnreachable = 3;  // a daemon, a ledger or a file cannot be reached or opened
constexpr int kExitCorrupt = 4;      // corruption was found

// Of a code of ledger/values/error.h.
int exit_status_of(std::uint16_t code);

}  // namespace keyledger::tools::program
