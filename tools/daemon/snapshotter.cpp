#include "tools/daemon/snapshotter.h"

#include <malloc.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <new>

#include "ledger/host/thread_priority.h"
#include "ledger/log_search.h"
#include "projections/state_snapshot.h"
#include "tools/offline/snapshots.h"

namespace keyledger::tools::daemon {

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

Snapshotter::Snapshotter(LedgerDirectory& ledger, Plan plan) : ledger_(ledger), plan_(std::move(plan)) {}

void Snapshotter::start() {
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
  bool is_new = true;
  auto earliest = std::chrono::steady_clock::now();
  for (std::unique_lock lock(mutex_);
       !stopped_.wait_for(lock, plan_.look_interval, [this] { return stopping_.load(); });) {
    const Position head = ledger_.log().end().position;
    const bool is_due = head.value() - seen.value() >= plan_.every;
    if ((!is_due && !is_new) || std::chrono::steady_clock::now() < earliest) continue;
    lock.unlock();
    // The newest first: nothing further back shall keep it from being taken.
    if (is_due) do_or_warn("no snapshot was taken", &Snapshotter::take);
    do_or_warn("no older snapshot was taken", &Snapshotter::fill_gaps);
    if (is_due) {
      seen = std::max(head, plan_.newest);
      earliest = std::chrono::steady_clock::now() + plan_.pause;
    }
    is_new = false;
    lock.lock();
  }
}

void Snapshotter::do_or_warn(const char* what, Result<void> (Snapshotter::*work)()) {
  try {
    if (const auto done = (this->*work)(); !done) spdlog::warn("{}: {}", what, done.error().message());
  } catch (const std::bad_alloc&) {
    spdlog::warn("{}: there is no memory for a second state", what);
  } catch (const std::exception& error) {
    spdlog::warn("{}: {}", what, error.what());
  }
}

std::vector<Snapshotter::Layout::Gap> Snapshotter::Layout::gaps() const {
  std::vector<Gap> gaps;
  Position before = kBeforeFirst;
  for (const Position place : places) {
    if (place.value() - before.value() > 2 * distance) gaps.push_back({before, place});
    before = place;
  }
  return gaps;
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
  for (const SnapshotPlace& place : offline::snapshot_places(ledger_)) {
    layout.places.push_back(place.position);
    largest = std::max(largest, place.bytes);
  }
  // Not all of the room: what a little more of it lets in, a little less would take out again.
  SnapshotSpacing narrower = spacing();
  narrower.bytes_max -= narrower.bytes_max / 4;
  layout.distance = events_apart(narrower, ledger_.log().end().position, largest);
  return layout;
}

SnapshotSpacing Snapshotter::spacing() const {
  SnapshotSpacing spacing = offline::snapshot_spacing(ledger_, plan_.every);
  if (plan_.bytes_max) spacing.bytes_max = *plan_.bytes_max;
  return spacing;
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
  if (auto synced = ledger_.log().sync(); !synced) return synced.error().why;
  auto written = offline::write_snapshot(ledger_, head, spacing(), [&](ByteSink& sink) {
    SinkUntilStop until_stop(sink, stopping_);
    write_state(state.catalog, state.access, until_stop);
    return stopping_ ? offline::Written::kGivenUp : offline::Written::kWhole;
  });
  if (!written) return written.error();
  if (*written == offline::Written::kGivenUp) return {};
  plan_.newest = std::max(plan_.newest, head.position);
  if (plan_.taken) plan_.taken(head.position);
  return {};
}

Result<void> Snapshotter::take_between(Position begin, Position end) {
  {
    const offline::Useless remove = [](const std::filesystem::path& file) {
      std::error_code ignored;
      std::filesystem::remove(file, ignored);
    };
    projections::State state =
        offline::newest_snapshot(ledger_, plan_.hash_key, {.position = begin}, warn, remove);
    while (state.position() < end) {
      const Layout known = layout();
      // Where there is a record's end.
      const auto stop = head_at(ledger_.log(), ledger_.index(), known.next_stop(state.position(), end));
      if (!stop) return stop.error();
      const auto folded = fold_to(stop->position, state);
      if (!folded) return folded.error();
      if (stopping_) return {};
      if (known.has(stop->position)) continue;
      if (auto written = write(state, *stop); !written) return written;
    }
  }
  ::malloc_trim(0);  // the second state goes back to the system
  return {};
}

Result<void> Snapshotter::take() {
  const Layout known = layout();
  const Position newest = known.places.empty() ? kBeforeFirst : known.places.back();
  return take_between(newest, ledger_.log().end().position);
}

Result<void> Snapshotter::fill_gaps() {
  Result<void> outcome;
  for (const Layout::Gap& gap : layout().gaps()) {
    if (hopeless_.contains(gap.begin)) continue;
    const auto filled = take_between(gap.begin, gap.end);
    if (stopping_) return {};
    // What cannot be written now can be another time. Else, if it is as it was, it cannot be read, or has no
    // place to stop at, which the gaps behind it need not share.
    if (!filled && filled.error().code == ErrorCode::kCannotCreate) return filled;
    const auto left = layout().gaps();
    const bool is_as_it_was =
        std::any_of(left.begin(), left.end(), [&](const auto& each) { return each.begin == gap.begin; });
    if (is_as_it_was) hopeless_.insert(gap.begin);
    if (!filled) outcome = filled;
  }
  return outcome;
}

}  // namespace keyledger::tools::daemon
