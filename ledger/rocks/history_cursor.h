// The cursor over an entity's history in the RocksDB log. Internal to ledger/rocks/.
//
// The indexes of events and of uses give the stretches of the log to read; a cursor over all records
// (ledger/rocks/cursor.h) reads these stretches.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "ledger/event_log.h"
#include "ledger/rocks/store.h"
#include "ledger/rocks/use_index.h"

namespace keyledger::ledger {

// The segments whose uses are indexed: the first `indexed` ones.
struct IndexedUses {
  UseSegments segments;
  std::uint64_t indexed;
};

// Reads the records from `from` to `end` that concern any of `entities`. Errors are those of reading.
Result<std::unique_ptr<RecordCursor>> make_rocks_history_cursor(const RocksStore& store,
                                                                const IndexedUses& index,
                                                                std::span<const EntityRef> entities,
                                                                UsesInHistory uses, Position from,
                                                                Position end);

}  // namespace keyledger::ledger
