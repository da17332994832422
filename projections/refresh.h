// Auto refresh: a use moves a key's expiry. Pure.
#pragma once

#include <optional>

#include "ledger/values/policy.h"

namespace keyledger::projections {

// Returns the new expiry of a key created at `created` that expires at `expiry`, after a use at `now`.
// Returns nothing if the expiry stays: refresh is off, or would move the expiry too little to be worth an
// event.
std::optional<ledger::Timestamp> refreshed_expiry(const ledger::Policy& policy, ledger::Timestamp created,
                                                  ledger::Timestamp expiry, ledger::Timestamp now);

// Limits an expiry requested at creation to the latest moment to which refresh could move the expiry.
ledger::Timestamp capped_expiry(const ledger::Policy& policy, ledger::Timestamp created,
                                ledger::Timestamp expiry);

}  // namespace keyledger::projections
