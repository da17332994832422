#include "tools/snapshotter.h"

#include <malloc.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <new>

#include "projections/state_snapshot.h"
#include "tools/snapshots.h"

namespace keyledger::tools {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every state
using projections::FoldProgress;

namespace {

constexpr std::chrono::seconds kLookInterval{1};
// Uses may come by the million: the disk has other things to do than to take snapshots one after another.
constexpr std::chrono::minutes kPause{10};
constexpr std::size_t kRecordsPerStep = 1'024;
constexpr int kNiceness = 10;

// What is written after a stop is not wanted any more.
class SinkUntilStop final : public ByteSink {
 public:
  SinkUntilStop(ByteSink& sink, const std::atomic<bool>& stopping) : sink_(sink), stopping_(stopping) {}

  void next_section() override { sink_.next_section(); }
  void write(std::span<const std::uint8_t> bytes) override {
    if (!stopping_) sink_.write(bytes);
  }

 private:
  ByteSink& sink_;
  const std::atomic<bool>& stopping_;
};

void warn(const std::string& warning) { spdlog::warn("{}", warning); }

}  // namespace

Snapshotter::Snapshotter(LedgerDirectory& ledger, const Plan& plan)
    : ledger_(ledger), every_(plan.every), hash_key_(plan.hash_key), newest_(plan.newest) {
  if (every_ != 0) thread_ = std::thread([this] { run(); });
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
  // Of this thread alone (Linux); without it everything works, and competes a little more.
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNiceness));
  Position seen = newest_;
  auto earliest = std::chrono::steady_clock::now();
  for (std::unique_lock lock(mutex_);
       !stopped_.wait_for(lock, kLookInterval, [this] { return stopping_.load(); });) {
    const Position head = ledger_.log().head().position;
    if (head.value() - seen.value() < every_ || std::chrono::steady_clock::now() < earliest) continue;
    lock.unlock();
    try {
      if (const auto taken = take(); !taken) warn("no snapshot was taken: " + taken.error().message());
    } catch (const std::bad_alloc&) {
      warn("no snapshot was taken: there is no memory for a second state");
    }
    seen = head;
    earliest = std::chrono::steady_clock::now() + kPause;
    lock.lock();
  }
}

Result<void> Snapshotter::take() {
  const EventLog& log = ledger_.log();
  const LogHead head = log.head();
  {
    projections::State state = newest_snapshot(ledger_, hash_key_, {}, warn);
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
  newest_ = head.position;
  spdlog::info("a snapshot at position {}", head.position.value());
  ::malloc_trim(0);  // the second state goes back to the system
  return {};
}

}  // namespace keyledger::tools
