// Reads a whole file named on the command line.
#pragma once

#include <string>

#include "ledger/values/error.h"

namespace keyledger::ledger {

// Reads a file, a pipe or a device to its end. Fails with kCannotRead and the system's reason. Because the
// content may be sensitive, the caller must cleanse the text; no other copy is left behind.
Result<std::string> read_whole_file(const std::string& name);

}  // namespace keyledger::ledger
