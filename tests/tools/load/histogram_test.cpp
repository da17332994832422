#include "tools/load/histogram.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "tests/support/seed.h"

namespace keyledger::tools::load {
namespace {

// The exact value that `percent` of all values do not exceed.
std::uint64_t exact_percentile(std::vector<std::uint64_t> values, double percent) {
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(std::ceil(static_cast<double>(values.size()) * percent / 100));
  return values[std::max<std::size_t>(rank, 1) - 1];
}

void check_within_a_hundredth(std::uint64_t found, std::uint64_t exact) {
  CAPTURE(found, exact);
  CHECK(std::abs(static_cast<double>(found) - static_cast<double>(exact)) <=
        static_cast<double>(exact) / 100);
}

TEST_CASE("an empty histogram has only zeroes") {
  const LatencyHistogram histogram;
  CHECK(histogram.count() == 0);
  CHECK(histogram.max() == 0);
  CHECK(histogram.percentile(99) == 0);
}

TEST_CASE("small latencies are kept exactly") {
  LatencyHistogram histogram;
  for (std::uint64_t value = 0; value < 256; ++value) histogram.add(value);
  CHECK(histogram.count() == 256);
  for (std::uint64_t value = 1; value < 256; ++value) {
    CHECK(histogram.percentile(100.0 * static_cast<double>(value + 1) / 256) == value);
  }
  CHECK(histogram.percentile(0) == 0);
  CHECK(histogram.percentile(100) == 255);
}

TEST_CASE("a single latency of any size comes back within a hundredth, and as the maximum exactly") {
  for (unsigned shift = 0; shift < 64; ++shift) {
    for (const std::uint64_t offset : {0U, 1U, 7U}) {
      const std::uint64_t value = (std::uint64_t{1} << shift) + offset;
      LatencyHistogram histogram;
      histogram.add(value);
      check_within_a_hundredth(histogram.percentile(50), value);
      CHECK(histogram.percentile(50) <= value);
      CHECK(histogram.max() == value);
    }
  }
  LatencyHistogram histogram;
  histogram.add(std::numeric_limits<std::uint64_t>::max());
  check_within_a_hundredth(histogram.percentile(100), std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("percentiles of many latencies are within a hundredth of the exact ones") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  std::lognormal_distribution<double> spread(11, 2);
  std::vector<std::uint64_t> values(20'000);
  LatencyHistogram histogram;
  for (std::uint64_t& value : values) {
    value = static_cast<std::uint64_t>(spread(random));
    histogram.add(value);
  }
  for (const double percent : {0.0, 1.0, 50.0, 90.0, 99.0, 99.9, 99.99, 100.0}) {
    CAPTURE(percent);
    check_within_a_hundredth(histogram.percentile(percent), exact_percentile(values, percent));
  }
}

}  // namespace
}  // namespace keyledger::tools::load
