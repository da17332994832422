// UseIndexer: the thread that indexes the uses of complete segments, behind whoever appends. Internal to
// ledger/rocks/.
//
// It reads the records again, so that appending costs nothing more; it yields to everybody else. A failure
// ends it: what is not indexed is then read through, and whoever reads or appends meets the reason.
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
  // `indexed` segments are so already; the log ends at `end`. The store must outlive it.
  UseIndexer(const RocksStore& store, const UseSegments& segments, std::uint64_t indexed, Position end);
  UseIndexer(const UseIndexer&) = delete;
  UseIndexer& operator=(const UseIndexer&) = delete;

  // The log ends at `end` now. By the thread that appends; a comparison, but for once a segment.
  void note_end(Position end) {
    if (segments_.complete_at(end) != complete_seen_) wake(end);
  }

  // Segments from the first on; their rows are there for every iterator made afterwards. Any thread.
  std::uint64_t indexed() const { return indexed_.load(std::memory_order_acquire); }

  // Until all that was complete at the last note_end() is indexed, or the thread has ended.
  void wait();

 private:
  void wake(Position end);
  void run(const std::stop_token& stop);

  const RocksStore& store_;
  const UseSegments segments_;
  std::uint64_t complete_seen_;  // the appending thread's
  std::atomic<std::uint64_t> indexed_;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  Position end_;       // guarded by mutex_
  bool over_ = false;  // guarded by mutex_: the thread has ended

  // The last member, because the thread uses all others. Its destructor requests a stop, and a segment that
  // is not finished stays without an index.
  std::jthread thread_;
};

}  // namespace keyledger::ledger
