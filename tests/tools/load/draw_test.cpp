#include "tools/load/draw.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <set>
#include <vector>

#include "tests/support/seed.h"

namespace keyledger::tools::load {
namespace {

using Spacing = ArrivalSchedule::Spacing;

TEST_CASE("a scattered walk visits each thing once, and neighbours far apart") {
  for (const std::size_t size : {1U, 2U, 10U, 1'000U, 65'536U, 99'991U}) {
    CAPTURE(size);
    std::set<std::size_t> visited;
    for (std::size_t step = 0; step < size; ++step) visited.insert(scattered(step, size));
    CHECK(visited.size() == size);
    CHECK(*visited.rbegin() == size - 1);
    CHECK(scattered(size, size) == scattered(0, size));
  }
  CHECK(scattered(1, 1'000'000) > 1'000);
}

TEST_CASE("Zipf's ranks are drawn as often as the law says") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  constexpr std::size_t kSize = 1'000;
  constexpr std::size_t kDraws = 200'000;
  for (const double exponent : {0.5, 1.0, 1.1, 2.0}) {
    CAPTURE(exponent);
    std::mt19937_64 random(seed);
    const ZipfRanks ranks(kSize, exponent);
    std::vector<double> drawn(kSize + 1);
    for (std::size_t i = 0; i < kDraws; ++i) {
      const std::size_t rank = ranks.draw(random);
      REQUIRE(rank >= 1);
      REQUIRE(rank <= kSize);
      ++drawn[rank];
    }
    double sum = 0;
    for (std::size_t k = 1; k <= kSize; ++k) sum += std::pow(static_cast<double>(k), -exponent);
    for (const std::size_t k : {1U, 2U, 3U, 10U}) {
      const double expected = kDraws * std::pow(static_cast<double>(k), -exponent) / sum;
      CAPTURE(k, expected, drawn[k]);
      // Six standard deviations: once in five hundred million seeds.
      CHECK(std::abs(drawn[k] - expected) < 6 * std::sqrt(expected));
    }
  }
}

TEST_CASE("one rank is always drawn") {
  std::mt19937_64 random(tests::test_seed());
  const ZipfRanks ranks(1, 1);
  for (int i = 0; i < 100; ++i) CHECK(ranks.draw(random) == 1);
}

TEST_CASE("requests are due at even intervals, however many there were before") {
  ArrivalSchedule schedule(3, Spacing::kFixed, 1);
  CHECK(schedule.due() == 0);
  for (int i = 0; i < 3'000'000; ++i) schedule.advance();
  CHECK(schedule.due() == 1'000'000'000'000'000);
}

TEST_CASE("requests at random moments come in order, at the rate that was asked for, by the seed") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  constexpr int kRequests = 100'000;
  ArrivalSchedule schedule(1'000, Spacing::kExponential, seed);
  ArrivalSchedule again(1'000, Spacing::kExponential, seed);
  double squares = 0;
  std::uint64_t before = 0;
  for (int i = 0; i < kRequests; ++i) {
    REQUIRE(schedule.due() >= before);
    REQUIRE(schedule.due() == again.due());
    const double gap_ms = static_cast<double>(schedule.due() - before) / 1e6;
    squares += gap_ms * gap_ms;
    before = schedule.due();
    schedule.advance();
    again.advance();
  }
  CHECK(static_cast<double>(before) == Approx(kRequests * 1e6).epsilon(0.02));
  // The second moment of the exponential distribution: twice the square of its mean.
  CHECK(squares / kRequests == Approx(2).epsilon(0.1));
}

}  // namespace
}  // namespace keyledger::tools::load
