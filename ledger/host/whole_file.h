// A whole file that the command line names, for what reads its content at once.
#pragma once

#include <string>

#include "ledger/values/error.h"

namespace keyledger::ledger {

// A file, a pipe or a device, up to its end. kCannotRead, with the system's reason. The content may be
// sensitive: the caller cleanses it, and no other copy of it is left behind.
Result<std::string> read_whole_file(const std::string& name);

}  // namespace keyledger::ledger
