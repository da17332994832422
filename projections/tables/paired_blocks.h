// PairedBlocks: memory in blocks of powers of two, out of chunks that ask for huge pages.
//
// For tables that grow part by part: each part alone is smaller than a huge page, and a random access to
// small pages mostly waits for the walk of the page table. A block that is given back is joined with its
// other half if that is free too (the buddy system: Knuth, The Art of Computer Programming, volume 1,
// section 2.5), so that the places of two small parts become that of one twice as large. Chunks are kept
// until the end. Owned by one object; one thread at a time.
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
    std::byte* bytes = nullptr;  // none if null; aligned to its size, or to that of a chunk
    std::uint32_t chunk = 0;
  };

  // `bytes` is a power of two, kBytesMin at least. What the memory holds is left to chance.
  Block take(std::size_t bytes);
  // Given back with the size that it was taken with.
  void give(const Block& block, std::size_t bytes);

  // Of the memory held, in bytes: of each chunk as much as was ever used, for the rest was never there.
  std::size_t memory_bytes() const;

 private:
  static constexpr std::uint32_t kUnits = 1U << 15;  // of a chunk; a unit has kBytesMin bytes
  static constexpr unsigned kOrders = 16;            // a block of order n has 2^n units
  static constexpr std::uint8_t kNotFree = 0xff;

  struct Free {
    void operator()(std::byte* memory) const { std::free(memory); }
  };
  struct Chunk {
    std::unique_ptr<std::byte, Free> memory{};
    std::size_t bytes = 0;
    std::size_t used_bytes = 0;  // at any time
    // For each unit: the order of the free block that begins there. None in a chunk that is one block.
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
  // Where free blocks begin, or began: what was joined meanwhile is passed over when it comes up.
  std::array<std::vector<Place>, kOrders> free_;
};

}  // namespace keyledger::projections
