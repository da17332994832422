// MemoryLog: a log, with its index, that lives and dies with its process. It keeps the same promises as the
// log on disk, except that nothing outlives it, and passes the same tests. Any thread.
#pragma once

#include <memory>

#include "ledger/event_log.h"

namespace keyledger::ledger {

std::unique_ptr<IndexedLog> make_memory_log();

}  // namespace keyledger::ledger
