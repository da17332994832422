// The keys that a record makes: an import makes hundreds, whose places in tables lie far apart.
#pragma once

#include <cstddef>

#include "ledger/record.h"

namespace keyledger::projections {

// The key that is made some events behind the one at `place`, or null: its places can be brought nearer while
// those before it are folded.
inline const ledger::KeyDetails* new_key_ahead(const ledger::Record& record, std::size_t place) {
  constexpr std::size_t kEventsAhead = 8;
  if (record.events.size() - place <= kEventsAhead) return nullptr;
  const ledger::Event& event = record.events[place + kEventsAhead];
  if (const auto* imported = std::get_if<ledger::KeyImported>(&event)) return &imported->details;
  const auto* created = std::get_if<ledger::KeyCreated>(&event);
  return created == nullptr ? nullptr : &created->details;
}

}  // namespace keyledger::projections
