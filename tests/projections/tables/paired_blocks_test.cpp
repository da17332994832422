#include "projections/tables/paired_blocks.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <map>
#include <random>
#include <vector>

#include "projections/tables/chunked.h"
#include "tests/support/seed.h"

namespace keyledger::projections {
namespace {

struct Taken {
  PairedBlocks::Block block;
  std::size_t bytes = 0;
  std::uint8_t mark = 0;  // fills the block
};

bool holds_its_mark(const Taken& taken) {
  return std::all_of(taken.block.bytes, taken.block.bytes + taken.bytes,
                     [&](std::byte each) { return each == std::byte{taken.mark}; });
}

}  // namespace

TEST_CASE("blocks that are taken and given back by chance do not overlap") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  PairedBlocks memory;
  std::vector<Taken> all;
  for (int i = 0; i < 4'000; ++i) {
    if (!all.empty() && random() % 5 < 2) {
      std::swap(all[random() % all.size()], all.back());
      REQUIRE(holds_its_mark(all.back()));
      memory.give(all.back().block, all.back().bytes);
      all.pop_back();
      continue;
    }
    const std::size_t bytes = PairedBlocks::kBytesMin << random() % 10;
    const Taken taken{memory.take(bytes), bytes, static_cast<std::uint8_t>(random())};
    REQUIRE(reinterpret_cast<std::uintptr_t>(taken.block.bytes) % bytes == 0);
    std::memset(taken.block.bytes, taken.mark, bytes);
    all.push_back(taken);
  }
  for (const Taken& taken : all) CHECK(holds_its_mark(taken));
}

TEST_CASE("what was given back in pieces is taken again as a whole") {
  PairedBlocks memory;
  std::vector<PairedBlocks::Block> pieces;
  constexpr std::size_t kPiece = 4'096;
  for (std::size_t i = 0; i < kChunkBytes / kPiece; ++i) pieces.push_back(memory.take(kPiece));
  CHECK(memory.memory_bytes() == kChunkBytes);
  std::mt19937_64 random(tests::test_seed());
  std::shuffle(pieces.begin(), pieces.end(), random);
  for (const PairedBlocks::Block& piece : pieces) memory.give(piece, kPiece);
  memory.take(kChunkBytes);
  CHECK(memory.memory_bytes() == kChunkBytes);
}

TEST_CASE("a block larger than a chunk stands alone, and goes back at once") {
  PairedBlocks memory;
  const PairedBlocks::Block large = memory.take(4 * kChunkBytes);
  CHECK(reinterpret_cast<std::uintptr_t>(large.bytes) % kChunkBytes == 0);
  CHECK(memory.memory_bytes() == 4 * kChunkBytes);
  memory.give(large, 4 * kChunkBytes);
  CHECK(memory.memory_bytes() == 0);
}

TEST_CASE("memory that nothing was taken from is not counted") {
  PairedBlocks memory;
  CHECK(memory.memory_bytes() == 0);
  const auto small = memory.take(PairedBlocks::kBytesMin);
  CHECK(memory.memory_bytes() == PairedBlocks::kBytesMin);
  memory.give(small, PairedBlocks::kBytesMin);
  memory.take(PairedBlocks::kBytesMin);
  CHECK(memory.memory_bytes() == PairedBlocks::kBytesMin);
}

}  // namespace keyledger::projections
