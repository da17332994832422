// The cursor over an entity's history in the RocksDB log. Internal to ledger/rocks/.
//
// The indexes of events and of uses give the stretches of the log to read; a cursor over all records
// (ledger/rocks/cursor.h) reads the stretches.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "ledger/event_log.h"
#include "ledger/rocks/store.h"
#include "ledger/rocks/use_index.h"

namespace keyledger::ledger {

// The first `indexed` segments have an index of their uses.
struct IndexedUses {
  UseSegments segments;
  std::uint64_t indexed;
};

// Returns a cursor over the records from `from` to `end` that concern any of `entities`. The store must
// outlive the cursor. Fails with the errors of reading.
Result<std::unique_ptr<RecordCursor>> make_rocks_history_cursor(const RocksStore& store,
                                                                const IndexedUses& index,
                                                                std::span<const EntityRef> entities,
                                                                UsesInHistory uses, Position from,
                                                                Position end);

}  // namespace keyledger::ledger
