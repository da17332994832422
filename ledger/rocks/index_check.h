// The IndexCheck of the RocksDB log. Internal to ledger/rocks/.
//
// Rows of the family `entities` are not in the order of the records. So a sum of hashes is made for each
// segment of positions (UseSegments), once from the records and once from the rows. A sum does not depend on
// an order. If the sums of a segment differ, the segment is read again to name the difference. The hashes
// (XXH3) find damage. They do not withstand a person who can write to the database, who could as well write
// another log.
#pragma once

#include <cstdint>
#include <memory>

#include "ledger/event_log.h"
#include "ledger/index_check.h"
#include "ledger/rocks/store.h"
#include "ledger/rocks/use_index.h"

namespace keyledger::ledger {

// Returns a check of the log up to `end`. The uses of the first `indexed` segments must have rows; rows of
// later segments are not compared, because their index may be under way. The store must outlive the check.
std::unique_ptr<IndexCheck> make_rocks_index_check(const RocksStore& store, const UseSegments& segments,
                                                   std::uint64_t indexed, const LogEnd& end);

}  // namespace keyledger::ledger
