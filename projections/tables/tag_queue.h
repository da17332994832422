// TagQueue: what is on its way into a table, or is about to be looked for in one.
//
// Places of a table lie far apart, and a processor waits long for each: what enters the queue has its place
// brought nearer, and what leaves it, some steps later, finds its place near. Holds no memory but its own.
// Owned by one object; one thread at a time.
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
  // `put` gets tags and numbers in the order in which they were added, and says whether they are sound. The
  // table outlives the queue.
  TagQueue(const TagTable& table, Put put) : table_(table), put_(std::move(put)) {}

  // Number 0 is none. False if what left the queue for it was not sound.
  bool add(std::uint64_t tag, std::uint32_t number) {
    if (number != 0) table_.prefetch(tag);
    const Tagged due = std::exchange(waiting_[next_], {.tag = tag, .number = number});
    next_ = (next_ + 1) % kWaiting;
    return due.number == 0 || put_(due.tag, due.number);
  }

  // Lets everything leave.
  bool finish() {
    for (std::size_t i = 0; i < kWaiting; ++i) {
      if (!add(0, 0)) return false;
    }
    return true;
  }

 private:
  // As many reads as a processor has under way at once, about.
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
