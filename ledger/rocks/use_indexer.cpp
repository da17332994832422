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
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

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

void UseIndexer::run(const std::stop_token& stop) {
  lower_priority_of_this_thread();
  UseIndexBuilder builder(store_, segments_);
  for (;;) {
    Position end;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [this] { return indexed() < segments_.complete_at(end_); });
      end = end_;
    }
    const auto done = stop.stop_requested() ? Result<bool>(false) : builder.index(indexed(), end, stop);
    const std::lock_guard lock(mutex_);
    over_ = !done || !*done;
    if (!over_) indexed_.fetch_add(1, std::memory_order_release);
    changed_.notify_all();
    if (over_) return;
  }
}

}  // namespace keyledger::ledger
