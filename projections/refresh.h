// Auto refresh: how a use moves a key's expiry. Pure.
#pragma once

#include <optional>

#include "ledger/values/policy.h"

namespace keyledger::projections {

// The expiry after a use at `now` of a key that was `created` then and has `expiry`; nothing if it stays: if
// refresh is off, or moves it too little to be worth an event.
std::optional<ledger::Timestamp> refreshed_expiry(const ledger::Policy& policy, ledger::Timestamp created,
                                                  ledger::Timestamp expiry, ledger::Timestamp now);

// An expiry that is asked for at creation, no later than refresh would ever move it.
ledger::Timestamp capped_expiry(const ledger::Policy& policy, ledger::Timestamp created,
                                ledger::Timestamp expiry);

}  // namespace keyledger::projections
