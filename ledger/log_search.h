// Finds places in the log: by time, or by a position inside a record.
#pragma once

#include "ledger/event_log.h"

namespace keyledger::ledger {

// Returns the position of the first record, from `from` on, whose time is `time` or later; if no such record
// exists, the position after the head. A record must begin at `from`. All events from `from` to this position
// are earlier than `time`. Reads O(log n) records.
Result<Position> first_position_since(const Log& log, Timestamp time, Position from = Position{1});

// Returns the head that the log had when the record at `position` was its last. The log must contain
// `position` (ENSURE).
Result<LogHead> head_at(const Log& log, const LogIndex& index, Position position);

}  // namespace keyledger::ledger
