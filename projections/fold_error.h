// The error of a fold for records that cannot follow from the state.
#pragma once

#include <string_view>

#include "ledger/values/error.h"
#include "ledger/values/position.h"

namespace keyledger::projections {

// Returns kCorruptRecord with a detail like "position 17: KeyActivated of an unknown key".
ledger::Error cannot_follow(ledger::Position position, std::string_view event, std::string_view what);

}  // namespace keyledger::projections
