// The keys that coming records make: their places in tables lie far apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "ledger/record.h"

namespace keyledger::projections {

// How many positions of records are folded at once: enough that the places of what they make can be fetched
// while others are folded, and few enough that they are still near when they are folded.
constexpr std::uint64_t kPositionsAtOnce = 64;

// Walks over the events of records some steps ahead of a fold of them. The records outlive it, unchanged.
class NewKeysAhead {
 public:
  // As many reads as a processor has under way at once, about.
  static constexpr std::size_t kEventsAhead = 8;

  explicit NewKeysAhead(std::span<const ledger::Record> records) : records_(records) {}

  // The key that the next event makes: null if it makes none, or there is no event left.
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
