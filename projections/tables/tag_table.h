// TagTable: maps a 64-bit tag to the numbers that carry the tag.
//
// A hash table with open addressing and slots of 8 bytes: half of the tag, and a number. The tag's highest
// bits choose among parts, each of which grows alone: at ten million entries the longest pause of an
// insertion is the growth of a single part, well under a millisecond. Tags must be spread evenly, like the
// bits of a digest. Different tags may share the half kept in a slot, so a caller must compare the entity
// behind a number. Numbers are not 0. Lookups do not allocate. One thread at a time.
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
  // Makes room for `count` numbers, so that the table hardly ever grows during their insertion. The table
  // must be empty (ENSURE).
  void reserve(std::size_t count);

  // Erases a pair, which must be in the table (ENSURE). If several equal pairs are in the table, erases only
  // the first found.
  void erase(std::uint64_t tag, std::uint32_t number);

  // Calls `accept` with each number that may carry the tag, until `accept` returns true. Returns the accepted
  // number, or 0 if there is none.
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

  // Prefetches the place of a tag, for a find() that follows shortly.
  void prefetch(std::uint64_t tag) const {
    const Part& part = parts_[part_of(tag)];
    if (part.slots != nullptr) bring_near(&part.slots[half_of(tag) & part.mask]);
  }

  // Returns the bytes of memory held.
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
    std::uint32_t chunk = 0;  // the chunk of the block that holds the slots
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
