// MemoryLog: a log in memory, with an index. Keeps the same promises as the log on disk and passes the same
// tests, but the records end with the process. Any thread.
#pragma once

#include <memory>

#include "ledger/event_log.h"

namespace keyledger::ledger {

std::unique_ptr<IndexedLog> make_memory_log();

}  // namespace keyledger::ledger
