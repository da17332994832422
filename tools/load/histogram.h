// LatencyHistogram: how often each latency was met, in buckets that grow with it.
//
// The buckets are those of an HDR histogram (Gil Tene): each power of two is cut into 128 equal parts, so
// that a percentile is wrong by less than 1/128 of itself, however long the run. Adding takes no allocation.
// A value; one thread at a time.
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

  // Exactly the largest that was added; 0 if none was.
  std::uint64_t max() const { return max_; }

  // The least value that at least `percent` of all do not exceed, within a bucket and never above max(); 0 if
  // nothing was added. `percent` is from 0 to 100.
  std::uint64_t percentile(double percent) const;

 private:
  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace keyledger::tools::load
