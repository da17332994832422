// The end of the RocksDB log and its Merkle tree, from what is stored. Internal to ledger/rocks/.
#pragma once

#include <cstdint>

#include "ledger/event_log.h"
#include "ledger/merkle.h"
#include "ledger/rocks/store.h"

namespace keyledger::ledger {

// Subtrees of this level and above are stored.
constexpr std::uint8_t kStoredLevelMin = 5;

// The frontier of the tree of the first `records` records, of a log that ends at `end` and has as many.
// kCorruptDatabase for a node, kCorruptRecord for a record that is missing.
Result<MerkleFrontier> read_frontier(const RocksStore& store, std::uint64_t records, Position end);

// The position behind the first `records` records, of which there are some multiple of 2^kStoredLevelMin.
// kCorruptDatabase for a node that is missing.
Result<Position> position_behind(const RocksStore& store, std::uint64_t records);

struct EndOfLog {
  LogEnd end;
  MerkleFrontier frontier;
};

// Where the log ends. What can be told cheaply is verified: the log begins where its archive ends, the
// last record is sound, no record is missing among those that a write-ahead log held, and the tree has its
// nodes.
Result<EndOfLog> read_end_of_log(const RocksStore& store);

}  // namespace keyledger::ledger
