#include "projections/tables/paired_blocks.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <new>

#include "ledger/values/ensure.h"
#include "projections/tables/chunked.h"

namespace keyledger::projections {

static_assert(std::size_t{1} << 15 == kChunkBytes / PairedBlocks::kBytesMin);

unsigned PairedBlocks::order_of(std::size_t bytes) {
  ENSURE(std::has_single_bit(bytes) && bytes >= kBytesMin, "blocks have sizes of powers of two");
  return static_cast<unsigned>(std::countr_zero(bytes / kBytesMin));
}

PairedBlocks::Block PairedBlocks::begin_block(const Place& place, std::size_t bytes) {
  Chunk& chunk = chunks_[place.chunk];
  const std::size_t offset = std::size_t{place.unit} * kBytesMin;
  chunk.used_bytes = std::max(chunk.used_bytes, offset + bytes);
  return {.bytes = chunk.memory.get() + offset, .chunk = place.chunk};
}

std::uint32_t PairedBlocks::add_chunk(std::size_t bytes) {
  auto* memory = static_cast<std::byte*>(std::aligned_alloc(kChunkBytes, bytes));
  if (memory == nullptr) throw std::bad_alloc();
  chunks_.push_back({.memory = std::unique_ptr<std::byte, Free>(memory), .bytes = bytes});
  // madvise() only advises. The first chunk uses small pages until a second chunk exists, because a ledger of
  // few keys should take little memory.
  if (chunks_.size() > 1) {
    static_cast<void>(::madvise(memory, bytes, MADV_HUGEPAGE));
    if (chunks_.size() == 2)
      static_cast<void>(::madvise(chunks_[0].memory.get(), chunks_[0].bytes, MADV_HUGEPAGE));
  }
  return static_cast<std::uint32_t>(chunks_.size() - 1);
}

void PairedBlocks::add_free(const Place& place, unsigned order) {
  (*chunks_[place.chunk].free_orders)[place.unit] = static_cast<std::uint8_t>(order);
  free_[order].push_back(place);
}

PairedBlocks::Block PairedBlocks::take(std::size_t bytes) {
  const unsigned wanted = order_of(bytes);
  if (wanted >= kOrders) return begin_block({.chunk = add_chunk(bytes), .unit = 0}, bytes);
  for (unsigned order = wanted; order < kOrders; ++order) {
    while (!free_[order].empty()) {
      const Place place = free_[order].back();
      free_[order].pop_back();
      std::uint8_t& free_order = (*chunks_[place.chunk].free_orders)[place.unit];
      if (free_order != order) continue;
      free_order = kNotFree;
      // A block too large is halved until the size fits; each upper half becomes a free block.
      while (order > wanted) {
        --order;
        add_free({.chunk = place.chunk, .unit = place.unit + (1U << order)}, order);
      }
      return begin_block(place, bytes);
    }
  }
  const std::uint32_t chunk = add_chunk(kChunkBytes);
  chunks_[chunk].free_orders = std::make_unique<std::array<std::uint8_t, kUnits>>();
  chunks_[chunk].free_orders->fill(kNotFree);
  add_free({.chunk = chunk, .unit = 0}, kOrders - 1);
  return take(bytes);
}

void PairedBlocks::give(const Block& block, std::size_t bytes) {
  unsigned order = order_of(bytes);
  Chunk& chunk = chunks_[block.chunk];
  if (order >= kOrders) {
    chunk = Chunk{};
    return;
  }
  auto unit =
      static_cast<std::uint32_t>(static_cast<std::size_t>(block.bytes - chunk.memory.get()) / kBytesMin);
  for (; order + 1 < kOrders; ++order) {
    std::uint8_t& other = (*chunk.free_orders)[unit ^ (1U << order)];
    if (other != order) break;
    other = kNotFree;
    unit &= ~(1U << order);
  }
  add_free({.chunk = block.chunk, .unit = unit}, order);
}

std::size_t PairedBlocks::memory_bytes() const {
  std::size_t bytes = 0;
  for (const Chunk& chunk : chunks_) bytes += chunk.used_bytes;
  return bytes;
}

}  // namespace keyledger::projections
