// Finding a place in the log: by time, or by a position in the midst of a record.
#pragma once

#include "ledger/event_log.h"

namespace keyledger::ledger {

// The position of the first record from `from` on, where a record begins, whose time is `time` or later; head
// + 1 if there is none. Every event before it is earlier than `time`, but for those before `from`. Reads
// O(log n) records.
Result<Position> first_position_since(const Log& log, Timestamp time, Position from = Position{1});

// What the head was when the record that holds `position` was the last one. There is one (ENSURE).
Result<LogHead> head_at(const Log& log, const LogIndex& index, Position position);

}  // namespace keyledger::ledger
