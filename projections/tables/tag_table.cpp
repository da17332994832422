#include "projections/tables/tag_table.h"

#include <new>
#include <utility>

#include "ledger/values/ensure.h"

namespace keyledger::projections {

namespace {

constexpr std::size_t kSlotsMin = 8;
constexpr std::size_t kSlotsMax = std::size_t{1} << 31;

// A part is at most three quarters full: longer runs cost more in cache lines than a smaller table saves.
constexpr bool is_too_full(std::size_t size, std::size_t slots) { return size * 4 > slots * 3; }

}  // namespace

void TagTable::put(Part& part, Slot slot) {
  std::size_t at = slot.tag & part.mask;
  while (part.slots[at].number != 0) at = (at + 1) & part.mask;
  part.slots[at] = slot;
}

TagTable::Part TagTable::with_slots(std::size_t slots, std::uint32_t size) {
  ENSURE(slots <= kSlotsMax, "a part's places have 32 bits");
  const PairedBlocks::Block block = memory_.take(slots * sizeof(Slot));
  return {.slots = new (block.bytes) Slot[slots],
          .mask = static_cast<std::uint32_t>(slots - 1),
          .size = size,
          .chunk = block.chunk};
}

void TagTable::grow(Part& part) {
  const std::size_t before = part.slots == nullptr ? 0 : part.mask + std::size_t{1};
  Part bigger = with_slots(before == 0 ? kSlotsMin : 2 * before, part.size);
  for (std::size_t i = 0; i < before; ++i) {
    if (part.slots[i].number != 0) put(bigger, part.slots[i]);
  }
  if (before != 0) {
    memory_.give({.bytes = reinterpret_cast<std::byte*>(part.slots), .chunk = part.chunk},
                 before * sizeof(Slot));
  }
  part = bigger;
}

void TagTable::reserve(std::size_t count) {
  if (count == 0) return;
  // Tags fall into parts by chance: hardly any part gets a sixteenth more than the mean.
  const std::size_t expected = count / kParts + count / kParts / 16 + 1;
  std::size_t slots = kSlotsMin;
  while (is_too_full(expected, slots)) slots *= 2;
  for (Part& part : parts_) {
    ENSURE(part.slots == nullptr, "room is made in an empty table");
    part = with_slots(slots, 0);
  }
}

void TagTable::insert(std::uint64_t tag, std::uint32_t number) {
  ENSURE(number != 0, "a number in a table of tags is not 0");
  Part& part = parts_[part_of(tag)];
  if (part.slots == nullptr || is_too_full(part.size + 1, part.mask + 1)) grow(part);
  put(part, {.tag = half_of(tag), .number = number});
  ++part.size;
}

// Slots after the freed slot move up, so that no run is interrupted (Knuth, The Art of Computer Programming,
// volume 3, section 6.4, algorithm R).
void TagTable::erase(std::uint64_t tag, std::uint32_t number) {
  Part& part = parts_[part_of(tag)];
  ENSURE(part.slots != nullptr, "what is erased is there");
  std::size_t free = half_of(tag) & part.mask;
  while (part.slots[free].tag != half_of(tag) || part.slots[free].number != number) {
    ENSURE(part.slots[free].number != 0, "what is erased is there");
    free = (free + 1) & part.mask;
  }
  for (std::size_t at = (free + 1) & part.mask; part.slots[at].number != 0; at = (at + 1) & part.mask) {
    const std::size_t home = part.slots[at].tag & part.mask;
    // An entry may move only if its home is not between the free slot and its place.
    if (((at - home) & part.mask) < ((at - free) & part.mask)) continue;
    part.slots[free] = part.slots[at];
    free = at;
  }
  part.slots[free] = Slot{};
  --part.size;
}

}  // namespace keyledger::projections
