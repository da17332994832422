// Position: where an event stands in the log.
//
// The first event has position 1 and there are no gaps; 0 means "before the first event". Every use in a
// block of uses is an event and has a position of its own.
#pragma once

#include "ledger/values/strong_id.h"

namespace keyledger::ledger {

using Position = StrongId<struct PositionTag, std::uint64_t>;

constexpr Position kBeforeFirst{0};

}  // namespace keyledger::ledger
