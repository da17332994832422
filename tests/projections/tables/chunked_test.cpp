#include "projections/tables/chunked.h"

#include <catch2/catch.hpp>
#include <cstdint>

namespace keyledger::projections {
namespace {

struct Wide {
  std::uint64_t value = 0;
  std::uint64_t unused[15] = {};
};

}  // namespace

TEST_CASE("what is in chunks stays where it is while more comes") {
  Chunked<Wide> numbers;
  CHECK(numbers.size() == 0);
  CHECK(numbers.capacity_bytes() == 0);
  constexpr std::size_t kCount = 2 * Chunked<Wide>::kPerChunk + 1;
  const Wide* first = &numbers.push_back({.value = 0});
  for (std::size_t i = 1; i < kCount; ++i) numbers.push_back({.value = i});
  CHECK(first == &numbers[0]);
  CHECK(numbers.size() == kCount);
  CHECK(numbers.back().value == kCount - 1);
  CHECK(numbers.capacity_bytes() == 3 * kChunkBytes);
  for (std::size_t i = 0; i < kCount; ++i) REQUIRE(numbers[i].value == i);
}

TEST_CASE("elements of any size fill a chunk") {
  struct Odd {
    std::uint64_t values[11] = {};
  };
  Chunked<Odd> numbers;
  constexpr std::size_t kCount = 2 * Chunked<Odd>::kPerChunk + 1;
  static_assert(kChunkBytes - Chunked<Odd>::kPerChunk * sizeof(Odd) < sizeof(Odd));
  for (std::size_t i = 0; i < kCount; ++i) numbers.push_back({.values = {i}});
  for (std::size_t i = 0; i < kCount; ++i) REQUIRE(numbers[i].values[0] == i);
}

TEST_CASE("chunks that were moved from hold nothing") {
  Chunked<Wide> numbers;
  numbers.push_back({.value = 7});
  Chunked<Wide> taken = std::move(numbers);
  CHECK(taken[0].value == 7);
  CHECK(numbers.size() == 0);  // NOLINT(bugprone-use-after-move): what is promised
  numbers.push_back({.value = 8});
  CHECK(numbers[0].value == 8);
}

}  // namespace keyledger::projections
