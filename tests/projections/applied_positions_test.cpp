#include "projections/applied_positions.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>
#include <random>
#include <vector>

#include "tests/support/seed.h"

namespace keyledger::projections {
namespace {

using ledger::Position;

bool add(AppliedPositions& positions, std::uint64_t first, std::uint64_t last) {
  return positions.add(Position{first}, Position{last});
}

TEST_CASE("nothing applied is complete up to before the first position") {
  CHECK(AppliedPositions{}.complete() == ledger::kBeforeFirst);
}

TEST_CASE("what is applied in order is complete at once") {
  AppliedPositions positions;
  CHECK(add(positions, 1, 1));
  CHECK(positions.complete() == Position{1});
  CHECK(add(positions, 2, 9));
  CHECK(positions.complete() == Position{9});
}

TEST_CASE("a gap holds back what is behind it, until it is filled") {
  AppliedPositions positions;
  CHECK(add(positions, 1, 1));
  CHECK(add(positions, 3, 5));
  CHECK(add(positions, 7, 7));
  CHECK(positions.complete() == Position{1});
  CHECK(add(positions, 2, 2));
  CHECK(positions.complete() == Position{5});
  CHECK(add(positions, 6, 6));
  CHECK(positions.complete() == Position{7});
}

TEST_CASE("a position is taken once") {
  AppliedPositions positions;
  CHECK(add(positions, 1, 3));
  CHECK(add(positions, 6, 8));
  CHECK_FALSE(add(positions, 3, 3));
  CHECK_FALSE(add(positions, 1, 1));
  CHECK_FALSE(add(positions, 4, 6));
  CHECK_FALSE(add(positions, 8, 9));
  CHECK_FALSE(add(positions, 6, 8));
  CHECK_FALSE(add(positions, 5, 10));
  CHECK(positions.complete() == Position{3});
  CHECK(add(positions, 4, 5));
  CHECK(positions.complete() == Position{8});
}

TEST_CASE("what follows on something behind a gap joins it") {
  AppliedPositions positions;
  for (std::uint64_t position = 2; position < 100'000; ++position)
    REQUIRE(add(positions, position, position));
  CHECK_FALSE(add(positions, 50, 50));
  CHECK(add(positions, 1, 1));
  CHECK(positions.complete() == Position{99'999});
}

TEST_CASE("whatever the order, everything applied is complete in the end, and never too early") {
  CAPTURE(tests::test_seed());
  std::mt19937_64 random(tests::test_seed());
  for (int round = 0; round < 50; ++round) {
    constexpr std::uint64_t kCount = 40;
    std::vector<std::uint64_t> order(kCount);
    std::iota(order.begin(), order.end(), 1);
    std::shuffle(order.begin(), order.end(), random);
    AppliedPositions positions;
    std::vector<bool> applied(kCount + 2);
    for (const std::uint64_t position : order) {
      REQUIRE(add(positions, position, position));
      applied[position] = true;
      const auto gap = std::find(applied.begin() + 1, applied.end(), false);
      REQUIRE(positions.complete().value() == static_cast<std::uint64_t>(gap - applied.begin()) - 1);
    }
  }
}

}  // namespace
}  // namespace keyledger::projections
