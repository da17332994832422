// Cursors over the RocksDB log. Internal to ledger/rocks/.
//
// A cursor reads what is in the archive from there, and goes on in RocksDB. It sees the records up to `end`
// and notices if one of them is missing: a record that does not follow the one before it, or an end that is
// not reached, is kCorruptRecord.
#pragma once

#include <memory>
#include <span>

#include "ledger/event_log.h"
#include "ledger/rocks/store.h"
#include "ledger/rocks/use_index.h"

namespace keyledger::ledger {

// All records from the one that holds `from` (or the first) to the one that ends at `end`.
std::unique_ptr<RecordCursor> make_rocks_cursor(const RocksStore& store, Position from, Position end);

// What of the log's uses is indexed.
struct IndexedUses {
  UseSegments segments;
  std::uint64_t indexed;  // segments from the first on
};

// Those of them that concern any of `entities`.
Result<std::unique_ptr<RecordCursor>> make_rocks_history_cursor(const RocksStore& store,
                                                                const IndexedUses& index,
                                                                std::span<const EntityRef> entities,
                                                                UsesInHistory uses, Position from,
                                                                Position end);

}  // namespace keyledger::ledger
