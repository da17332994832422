// What every fold says of a record that cannot follow from the state before it.
#pragma once

#include <string_view>

#include "ledger/values/error.h"
#include "ledger/values/position.h"

namespace keyledger::projections {

// kCorruptRecord: "position 17: KeyActivated of an unknown key".
ledger::Error cannot_follow(ledger::Position position, std::string_view event, std::string_view what);

}  // namespace keyledger::projections
