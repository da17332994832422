// UseIndexer: the thread that indexes the uses of complete segments after the appends. Internal to
// ledger/rocks/.
//
// The thread reads the records again, so that appends cost nothing more, and lets all other threads run
// first. A failure ends the thread. Segments without an index are then read through, and other reads and
// appends meet the reason of the failure.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

#include "ledger/rocks/store.h"
#include "ledger/rocks/use_index.h"

namespace keyledger::ledger {

class UseIndexer {
 public:
  // Starts the thread. The first `indexed` segments are indexed already, and the log ends at `end`. The store
  // must outlive the indexer.
  UseIndexer(const RocksStore& store, const UseSegments& segments, std::uint64_t indexed, Position end);
  UseIndexer(const UseIndexer&) = delete;
  UseIndexer& operator=(const UseIndexer&) = delete;

  // Notes that the log ends at `end` now. Only the appending thread may call note_end(). Costs a comparison,
  // and once a segment a lock to wake the thread.
  void note_end(Position end) {
    if (segments_.complete_at(end) != complete_seen_) wake(end);
  }

  // Returns the number of indexed segments, from the first segment on. Iterators made afterwards see all rows
  // of the segments. Any thread.
  std::uint64_t indexed() const { return indexed_.load(std::memory_order_acquire); }

  // Waits until all segments complete at the last note_end() are indexed, or the thread has ended.
  void wait();

 private:
  void wake(Position end);
  void run(const std::stop_token& stop);

  const RocksStore& store_;
  const UseSegments segments_;
  std::uint64_t complete_seen_;  // used by the appending thread only
  std::atomic<std::uint64_t> indexed_;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  Position end_;       // guarded by mutex_
  bool over_ = false;  // guarded by mutex_: the thread has ended

  // The last member, because the thread uses all others. The destructor requests a stop, and an unfinished
  // segment stays without an index.
  std::jthread thread_;
};

}  // namespace keyledger::ledger
