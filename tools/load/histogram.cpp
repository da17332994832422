#include "tools/load/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "ledger/values/ensure.h"

namespace keyledger::tools::load {
namespace {

constexpr unsigned kPartBits = 7;
constexpr std::uint64_t kParts = std::uint64_t{1} << kPartBits;
// Every value below 2 * kParts has a bucket of its own; each further power of two has kParts buckets.
constexpr std::size_t kBuckets = (64 - kPartBits + 1) * kParts;

unsigned shift_of(std::uint64_t value) {
  const auto width = static_cast<unsigned>(std::bit_width(value));
  return width > kPartBits + 1 ? width - kPartBits - 1 : 0;
}

std::size_t bucket_of(std::uint64_t value) {
  const unsigned shift = shift_of(value);
  return shift * kParts + (value >> shift);
}

// The middle of the bucket's values.
std::uint64_t value_of(std::size_t bucket) {
  if (bucket < 2 * kParts) return bucket;
  const std::uint64_t shift = bucket / kParts - 1;
  const std::uint64_t low = (bucket - shift * kParts) << shift;
  return low + (std::uint64_t{1} << shift) / 2;
}

}  // namespace

LatencyHistogram::LatencyHistogram() : counts_(kBuckets) {}

void LatencyHistogram::add(std::uint64_t nanoseconds) {
  ++counts_[bucket_of(nanoseconds)];
  ++count_;
  max_ = std::max(max_, nanoseconds);
}

std::uint64_t LatencyHistogram::percentile(double percent) const {
  ENSURE(percent >= 0 && percent <= 100, "a percentile is from 0 to 100");
  const auto wanted = std::max(
      std::uint64_t{1}, static_cast<std::uint64_t>(std::ceil(static_cast<double>(count_) * percent / 100)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
    seen += counts_[bucket];
    if (seen >= wanted) return std::min(value_of(bucket), max_);
  }
  return max_;
}

}  // namespace keyledger::tools::load
