// Position: the place of an event in the log.
//
// The first event has position 1, and there are no gaps; 0 means "before the first event". Every use in a
// block of uses is an event with its own position.
#pragma once

#include "ledger/values/strong_id.h"

namespace keyledger::ledger {

using Position = StrongId<struct PositionTag, std::uint64_t>;

constexpr Position kBeforeFirst{0};

}  // namespace keyledger::ledger
