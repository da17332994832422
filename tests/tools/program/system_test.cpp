#include "tools/program/system.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <set>
#include <vector>

namespace keyledger::tools::program {

TEST_CASE("randomness is given once, whatever is drawn before it") {
  // 600 draws of 32 bytes, between draws of sizes that do not divide the size of the buffer: two equal draws
  // would mean that bytes were returned twice.
  std::set<std::array<std::uint8_t, 32>> seen;
  for (std::size_t i = 0; i < 600; ++i) {
    std::array<std::uint8_t, 32> drawn{};
    REQUIRE(draw_randomness(drawn));
    CHECK(seen.insert(drawn).second);
    std::vector<std::uint8_t> other(i % 50);
    REQUIRE(draw_randomness(other));
  }
}

TEST_CASE("more randomness than is drawn ahead is drawn at once") {
  std::vector<std::uint8_t> drawn(5'000);
  REQUIRE(draw_randomness(drawn));
  // In 5,000 random bytes, some value is missing once in a million runs.
  CHECK(std::set<std::uint8_t>(drawn.begin(), drawn.end()).size() == 256);
}

}  // namespace keyledger::tools::program
