#include "tools/snapshotter.h"

#include <malloc.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <new>

#include "ledger/log_search.h"
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
  bool is_due = has_gap();
  auto earliest = std::chrono::steady_clock::now();
  for (std::unique_lock lock(mutex_);
       !stopped_.wait_for(lock, plan_.look_interval, [this] { return stopping_.load(); });) {
    const Position head = ledger_.log().end().position;
    is_due = is_due || head.value() - seen.value() >= plan_.every;
    if (!is_due || std::chrono::steady_clock::now() < earliest) continue;
    lock.unlock();
    take_or_warn();
    is_due = false;
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

Position Snapshotter::Layout::before_first_gap() const {
  Position before = kBeforeFirst;
  for (const Position place : places) {
    if (place.value() - before.value() > 2 * distance) break;
    before = place;
  }
  return before;
}

Position Snapshotter::Layout::next_stop(Position position, Position head) const {
  const auto next = std::upper_bound(places.begin(), places.end(), position);
  const Position end = next == places.end() ? head : *next;
  return end.value() - position.value() > 2 * distance ? Position{position.value() + distance} : end;
}

bool Snapshotter::Layout::has(Position position) const {
  return std::binary_search(places.begin(), places.end(), position);
}

Snapshotter::Layout Snapshotter::layout() const {
  Layout layout;
  std::uint64_t largest = 0;
  for (const SnapshotPlace& place : snapshot_places(ledger_)) {
    layout.places.push_back(place.position);
    largest = std::max(largest, place.bytes);
  }
  layout.distance =
      events_apart(snapshot_spacing(ledger_, plan_.every), ledger_.log().end().position, largest);
  return layout;
}

bool Snapshotter::has_gap() const {
  const Layout now = layout();
  return !now.places.empty() && now.before_first_gap() < now.places.back();
}

// kMore: it was stopped on the way.
Result<FoldProgress> Snapshotter::fold_to(Position end, projections::State& state) {
  const auto cursor = ledger_.log().read(state.position().next());
  if (!cursor) return cursor.error();
  for (;;) {
    if (stopping_) return FoldProgress::kMore;
    const auto progress = fold_some(**cursor, {.position = end}, kRecordsPerStep, state);
    if (!progress || *progress == FoldProgress::kDone) return progress;
  }
}

Result<void> Snapshotter::write(const projections::State& state, const LogHead& head) {
  // What a power cut could take from the log must not be in a snapshot.
  if (auto synced = ledger_.log().sync(); !synced) return synced;
  auto written = write_snapshot(ledger_, head, snapshot_spacing(ledger_, plan_.every), [&](ByteSink& sink) {
    SinkUntilStop until_stop(sink, stopping_);
    write_state(state.catalog, state.access, until_stop);
    return stopping_ ? Written::kGivenUp : Written::kWhole;
  });
  if (!written) return written.error();
  if (*written == Written::kGivenUp) return {};
  plan_.newest = std::max(plan_.newest, head.position);
  if (plan_.taken) plan_.taken(head.position);
  return {};
}

Result<void> Snapshotter::take() {
  const Position end = ledger_.log().end().position;
  {
    Layout known = layout();
    projections::State state =
        newest_snapshot(ledger_, plan_.hash_key, {.position = known.before_first_gap()}, warn);
    while (state.position() < end) {
      // Where there is a record's end.
      const auto stop = head_at(ledger_.log(), known.next_stop(state.position(), end));
      if (!stop) return stop.error();
      const auto folded = fold_to(stop->position, state);
      if (!folded) return folded.error();
      if (stopping_) return {};
      if (known.has(stop->position)) continue;
      if (auto written = write(state, *stop); !written) return written;
      known = layout();
    }
  }
  ::malloc_trim(0);  // the second state goes back to the system
  return {};
}

}  // namespace keyledger::tools
