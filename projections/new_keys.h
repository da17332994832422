// The keys of coming records. A fold prefetches their places in tables, because the places lie far apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "ledger/record.h"

namespace keyledger::projections {

// The number of positions folded at once: large enough to prefetch the places of some keys while other keys
// are folded, and small enough for the places to stay near until used.
constexpr std::uint64_t kPositionsAtOnce = 64;

// Walks over the events of records some steps ahead of a fold. The records must outlive this object,
// unchanged.
class NewKeysAhead {
 public:
  // About as many reads as a processor can have under way at once.
  static constexpr std::size_t kEventsAhead = 8;

  explicit NewKeysAhead(std::span<const ledger::Record> records) : records_(records) {}

  // Returns the key that the next event makes; null if the event makes no key, or no event is left.
  const ledger::KeyDetails* next() {
    while (!records_.empty() && event_ == records_.front().events.size()) {
      records_ = records_.subspan(1);
      event_ = 0;
    }
    if (records_.empty()) return nullptr;
    const ledger::Event& event = records_.front().events[event_++];
    if (const auto* imported = std::get_if<ledger::KeyImported>(&event)) return &imported->details;
    const auto* created = std::get_if<ledger::KeyCreated>(&event);
    return created == nullptr ? nullptr : &created->details;
  }

 private:
  std::span<const ledger::Record> records_;
  std::size_t event_ = 0;
};

}  // namespace keyledger::projections
