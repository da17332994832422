// Makes the indexes of a RocksDB log anew from its records. Internal to ledger/. Other folders use
// ledger/disk/directory.h.
//
// The records decide. So all records are hashed first, and must have the root that the head record remembers.
// Then a row says that a repair is under way, the families of the entity index and of the tree are dropped
// and made again, and entries of idempotency ids are rewritten. A log with the row does not open before a
// repair is complete, so that a crash at any moment leaves no half of an index behind that is taken for a
// whole one. No step changes a record.
#pragma once

#include <filesystem>

#include "ledger/event_log.h"
#include "ledger/rocks/log.h"
#include "ledger/rocks/repair_plan.h"

namespace keyledger::ledger {

struct RepairSettings {
  RocksSettings rocks;
  LogHead remembered;  // from the head record
  RepairProgress progress;
  RepairFaults faults;
};

// Makes the indexes anew. No other process may have the log open for writing. Fails with kShortened or
// kCorruptRecord before anything is changed, with the other errors of opening and reading a log, and with
// kWriteFailed.
Result<RepairedIndexes> repair_rocks_indexes(const std::filesystem::path& path,
                                             const RepairSettings& settings);

}  // namespace keyledger::ledger
