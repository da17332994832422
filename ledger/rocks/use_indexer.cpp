#include "ledger/rocks/use_indexer.h"

#include "ledger/host/thread_priority.h"

namespace keyledger::ledger {

UseIndexer::UseIndexer(const RocksStore& store, const UseSegments& segments, std::uint64_t indexed,
                       Position end)
    : store_(store),
      segments_(segments),
      complete_seen_(segments.complete_at(end)),
      indexed_(indexed),
      end_(end),
      thread_([this] { run(); }) {}

UseIndexer::~UseIndexer() {
  stopping_ = true;
  {
    // A thread that has just looked at stopping_ waits before it is notified.
    const std::lock_guard lock(mutex_);
  }
  changed_.notify_all();
  thread_.join();
}

void UseIndexer::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return over_ || indexed() >= segments_.complete_at(end_); });
}

void UseIndexer::wake(Position end) {
  complete_seen_ = segments_.complete_at(end);
  {
    const std::lock_guard lock(mutex_);
    end_ = end;
  }
  changed_.notify_all();
}

void UseIndexer::run() {
  lower_priority_of_this_thread();
  UseIndexBuilder builder(store_, segments_);
  for (;;) {
    Position end;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || indexed() < segments_.complete_at(end_); });
      end = end_;
    }
    const auto done = stopping_ ? Result<bool>(false) : builder.index(indexed(), end, stopping_);
    const std::lock_guard lock(mutex_);
    over_ = !done || !*done;
    if (!over_) indexed_.fetch_add(1, std::memory_order_release);
    changed_.notify_all();
    if (over_) return;
  }
}

}  // namespace keyledger::ledger
