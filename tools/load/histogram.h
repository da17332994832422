// LatencyHistogram: counts latencies in buckets, wider ones for longer latencies.
//
// The buckets are as in an HDR histogram (Gil Tene): each power of two is cut into 128 equal parts, so that a
// percentile is wrong by less than 1/128, however long the run. Adding allocates no memory. A value; one
// thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace keyledger::tools::load {

class LatencyHistogram {
 public:
  LatencyHistogram();

  void add(std::uint64_t nanoseconds);

  std::uint64_t count() const { return count_; }

  // The exact largest latency; 0 for an empty histogram.
  std::uint64_t max() const { return max_; }

  // Returns the least latency that at least `percent` of all latencies do not exceed, within a bucket and
  // never above max(); 0 if the histogram is empty. `percent` is from 0 to 100.
  std::uint64_t percentile(double percent) const;

 private:
  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace keyledger::tools::load
