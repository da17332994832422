#include "tools/snapshotter.h"

#include <malloc.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <exception>
#include <new>

#include "ledger/thread_priority.h"
#include "projections/state_snapshot.h"
#include "tools/snapshots.h"

namespace keyledger::tools {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every state
using projections::FoldProgress;

namespace {

constexpr std::size_t kRecordsPerStep = 1'024;

// What is written after a stop is not wanted any more.
class SinkUntilStop final : public ByteSink {
 public:
  SinkUntilStop(ByteSink& sink, const std::atomic<bool>& stopping) : sink_(sink), stopping_(stopping) {}

  void next_section() override { sink_.next_section(); }
  void write(std::span<const std::uint8_t> bytes) override {
    if (!stopping_) sink_.write(bytes);
  }
  bool is_given_up() const override { return stopping_ || sink_.is_given_up(); }

 private:
  ByteSink& sink_;
  const std::atomic<bool>& stopping_;
};

void warn(const std::string& warning) { spdlog::warn("{}", warning); }

}  // namespace

Snapshotter::Snapshotter(LedgerDirectory& ledger, Plan plan) : ledger_(ledger), plan_(std::move(plan)) {
  if (plan_.every != 0) thread_ = std::thread([this] { run(); });
}

void Snapshotter::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    stopped_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void Snapshotter::run() {
  lower_priority_of_this_thread();
  Position seen = plan_.newest;
  auto earliest = std::chrono::steady_clock::now();
  for (std::unique_lock lock(mutex_);
       !stopped_.wait_for(lock, plan_.look_interval, [this] { return stopping_.load(); });) {
    const Position head = ledger_.log().end().position;
    if (head.value() - seen.value() < plan_.every || std::chrono::steady_clock::now() < earliest) continue;
    lock.unlock();
    take_or_warn();
    seen = head;
    earliest = std::chrono::steady_clock::now() + plan_.pause;
    lock.lock();
  }
}

// Whatever is missing for a second state, the first one goes on.
void Snapshotter::take_or_warn() {
  try {
    if (const auto taken = take(); !taken) warn("no snapshot was taken: " + taken.error().message());
  } catch (const std::bad_alloc&) {
    warn("no snapshot was taken: there is no memory for a second state");
  } catch (const std::exception& error) {
    warn(std::string("no snapshot was taken: ") + error.what());
  }
}

Result<void> Snapshotter::take() {
  const EventLog& log = ledger_.log();
  const LogHead head = log.head();
  {
    projections::State state = newest_snapshot(ledger_, plan_.hash_key, {}, warn);
    auto cursor = log.read(state.position().next());
    if (!cursor) return cursor.error();
    for (auto progress = Result(FoldProgress::kMore); *progress == FoldProgress::kMore;) {
      if (stopping_) return {};
      progress = fold_some(**cursor, {.position = head.position}, kRecordsPerStep, state);
      if (!progress) return progress.error();
    }
    // What a power cut could take from the log must not be in a snapshot.
    if (auto synced = ledger_.log().sync(); !synced) return synced;
    auto written = write_snapshot(ledger_, head, [&](ByteSink& sink) {
      SinkUntilStop until_stop(sink, stopping_);
      write_state(state.catalog, state.access, until_stop);
      return stopping_ ? Written::kGivenUp : Written::kWhole;
    });
    if (!written) return written.error();
    if (*written == Written::kGivenUp) return {};
  }
  plan_.newest = head.position;
  ::malloc_trim(0);  // the second state goes back to the system
  if (plan_.taken) plan_.taken(head.position);
  return {};
}

}  // namespace keyledger::tools
