// TagQueue: entries on their way into a table, or about to be looked up in a table.
//
// The places of a table lie far apart, and a processor waits long for each. When an entry enters the queue,
// its place in the table is prefetched; when the entry leaves some steps later, the place is near. The queue
// allocates no memory. Owned by one object; one thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "projections/tables/tag_table.h"

namespace keyledger::projections {

template <typename Put>
class TagQueue {
 public:
  // Calls `put` with tags and numbers in the order in which they were added. `put` returns whether the entry
  // is sound. The table must outlive the queue.
  TagQueue(const TagTable& table, Put put) : table_(table), put_(std::move(put)) {}

  // Adds an entry, and passes the oldest entry to `put`. Number 0 means no entry. Returns false if `put`
  // found the oldest entry unsound.
  bool add(std::uint64_t tag, std::uint32_t number) {
    if (number != 0) table_.prefetch(tag);
    const Tagged due = std::exchange(waiting_[next_], {.tag = tag, .number = number});
    next_ = (next_ + 1) % kWaiting;
    return due.number == 0 || put_(due.tag, due.number);
  }

  // Passes all remaining entries to `put`. Returns false, and stops, at the first unsound entry.
  bool finish() {
    for (std::size_t i = 0; i < kWaiting; ++i) {
      if (!add(0, 0)) return false;
    }
    return true;
  }

 private:
  // About as many reads as a processor can have under way at once.
  static constexpr std::size_t kWaiting = 16;

  struct Tagged {
    std::uint64_t tag = 0;
    std::uint32_t number = 0;
  };

  const TagTable& table_;
  Put put_;
  std::array<Tagged, kWaiting> waiting_{};
  std::size_t next_ = 0;
};

}  // namespace keyledger::projections
