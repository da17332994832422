// TagTable: from a 64-bit tag to the numbers that bear it.
//
// A hash table with open addressing whose slots have 8 bytes: half of the tag and a number. It is divided
// into parts by the tag's highest bits, each of which grows alone: at ten million entries the longest pause
// of an insertion is that of one part, well under a millisecond. Tags must be spread evenly, as the bits of a
// digest are; different tags may share a slot's half, so a caller compares what a number leads to. Numbers
// are not 0. Lookups do not allocate. One thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "projections/tables/paired_blocks.h"
#include "projections/tables/prefetch.h"

namespace keyledger::projections {

class TagTable {
 public:
  TagTable() = default;
  TagTable(TagTable&& other) noexcept
      : memory_(std::move(other.memory_)), parts_(std::exchange(other.parts_, {})) {}
  TagTable& operator=(TagTable&& other) noexcept {
    memory_ = std::move(other.memory_);
    parts_ = std::exchange(other.parts_, {});
    return *this;
  }

  void insert(std::uint64_t tag, std::uint32_t number);
  // For an empty table that `count` numbers are about to come to: it does not grow under way.
  void reserve(std::size_t count);

  // The pair is there (ENSURE); of several equal ones, one goes.
  void erase(std::uint64_t tag, std::uint32_t number);

  // Calls `accept` with each number that may bear the tag until one is accepted; gives that one, or 0.
  template <typename Accept>
  std::uint32_t find(std::uint64_t tag, Accept accept) const {
    const Part& part = parts_[part_of(tag)];
    if (part.size == 0) return 0;
    for (std::size_t at = half_of(tag) & part.mask;; at = (at + 1) & part.mask) {
      const Slot slot = part.slots[at];
      if (slot.number == 0) return 0;
      if (slot.tag == half_of(tag) && accept(slot.number)) return slot.number;
    }
  }

  // Brings the place of a tag nearer, for a find() that follows shortly.
  void prefetch(std::uint64_t tag) const {
    const Part& part = parts_[part_of(tag)];
    if (part.slots != nullptr) bring_near(&part.slots[half_of(tag) & part.mask]);
  }

  // Of the memory held, in bytes.
  std::size_t memory_bytes() const { return memory_.memory_bytes(); }

 private:
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t number = 0;  // 0: free
  };
  struct Part {
    Slot* slots = nullptr;
    std::uint32_t mask = 0;
    std::uint32_t size = 0;
    std::uint32_t chunk = 0;  // of the block that the slots are
  };

  static constexpr std::size_t kParts = 256;
  static std::size_t part_of(std::uint64_t tag) { return static_cast<std::size_t>(tag >> 56); }
  static std::uint32_t half_of(std::uint64_t tag) { return static_cast<std::uint32_t>(tag); }

  void grow(Part& part);
  Part with_slots(std::size_t slots, std::uint32_t size);
  static void put(Part& part, Slot slot);

  PairedBlocks memory_;
  std::array<Part, kParts> parts_{};
};

}  // namespace keyledger::projections
