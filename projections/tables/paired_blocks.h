// PairedBlocks: memory in blocks of powers of two, taken from chunks that ask for huge pages.
//
// Meant for tables that grow part by part. Each part alone is smaller than a huge page, and a random access
// to small pages mostly waits for the walk of the page table. If the other half of a returned block is free
// too, both are joined (the buddy system: Knuth, The Art of Computer Programming, volume 1, section 2.5), so
// that two small neighbours make room for a block twice as large. Chunks are kept until destruction. Owned by
// one object; one thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

namespace keyledger::projections {

class PairedBlocks {
 public:
  static constexpr std::size_t kBytesMin = 64;

  struct Block {
    std::byte* bytes = nullptr;  // null: no block; otherwise aligned to its size, at most to a chunk's
    std::uint32_t chunk = 0;
  };

  // Returns a block of `bytes` uninitialised bytes. `bytes` must be a power of two and at least kBytesMin.
  Block take(std::size_t bytes);
  // Gives a block back. `bytes` must equal the size with which the block was taken.
  void give(const Block& block, std::size_t bytes);

  // Returns the bytes of memory held. A chunk counts up to the largest extent ever in use, because the system
  // provides a page only at its first use.
  std::size_t memory_bytes() const;

 private:
  static constexpr std::uint32_t kUnits = 1U << 15;  // in a chunk; a unit has kBytesMin bytes
  static constexpr unsigned kOrders = 16;            // a block of order n has 2^n units
  static constexpr std::uint8_t kNotFree = 0xff;

  struct Free {
    void operator()(std::byte* memory) const { std::free(memory); }
  };
  struct Chunk {
    std::unique_ptr<std::byte, Free> memory{};
    std::size_t bytes = 0;
    std::size_t used_bytes = 0;  // the most that was ever in use
    // For each unit, the order of the free block that begins there, or kNotFree. Null for a chunk that is a
    // single block.
    std::unique_ptr<std::array<std::uint8_t, kUnits>> free_orders{};
  };
  struct Place {
    std::uint32_t chunk = 0;
    std::uint32_t unit = 0;
  };

  static unsigned order_of(std::size_t bytes);
  std::uint32_t add_chunk(std::size_t bytes);
  void add_free(const Place& place, unsigned order);
  Block begin_block(const Place& place, std::size_t bytes);

  std::vector<Chunk> chunks_;
  // The places where free blocks begin. Entries go stale when blocks are joined; take() skips stale entries.
  std::array<std::vector<Place>, kOrders> free_;
};

}  // namespace keyledger::projections
