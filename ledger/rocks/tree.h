// The end and the Merkle tree of the RocksDB log, found in the stored rows. Internal to ledger/rocks/.
#pragma once

#include <cstdint>

#include "ledger/event_log.h"
#include "ledger/merkle.h"
#include "ledger/rocks/store.h"

namespace keyledger::ledger {

// The lowest level of stored subtrees.
constexpr std::uint8_t kStoredLevelMin = 5;

// Returns the frontier of the tree of the first `records` records. The log must have as many records and end
// at `end`. Fails with kCorruptDatabase if a node is missing, and with the errors of reading: kCorruptRecord
// if a record is missing.
Result<MerkleFrontier> read_frontier(const RocksStore& store, std::uint64_t records, Position end);

// Returns the position after the first `records` records. `records` must be a positive multiple of
// 2^kStoredLevelMin (ENSURE). Fails with kCorruptDatabase if a node is missing.
Result<Position> position_behind(const RocksStore& store, std::uint64_t records);

struct EndOfLog {
  LogEnd end;
  MerkleFrontier frontier;
};

// Returns the end of the log without looking at the tree. Verifies the records like read_end_of_log().
Result<LogEnd> read_end_without_tree(const RocksStore& store);

// Returns the end of the log and the tree's frontier. Verifies cheaply that the log begins at the archive's
// end, that the last record is sound, that no record of a replayed write-ahead log is missing, and that the
// tree has the nodes of the frontier. Fails with kCorruptDatabase or the errors of reading.
Result<EndOfLog> read_end_of_log(const RocksStore& store);

}  // namespace keyledger::ledger
