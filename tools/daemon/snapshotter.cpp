#include "tools/daemon/snapshotter.h"

#include <malloc.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <new>
#include <utility>

#include "ledger/host/stoppable_sleep.h"
#include "ledger/host/thread_priority.h"
#include "ledger/log_search.h"
#include "projections/state_snapshot.h"
#include "tools/offline/snapshots.h"

namespace keyledger::tools::daemon {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every state

namespace {

// A sink without effect after a stop request.
class SinkUntilStop final : public ByteSink {
 public:
  SinkUntilStop(ByteSink& sink, std::stop_token stop) : sink_(sink), stop_(std::move(stop)) {}

  void next_section() override { sink_.next_section(); }
  void write(std::span<const std::uint8_t> bytes) override {
    if (!stop_.stop_requested()) sink_.write(bytes);
  }
  bool is_given_up() const override { return stop_.stop_requested() || sink_.is_given_up(); }

 private:
  ByteSink& sink_;
  std::stop_token stop_;
};

void warn(const std::string& warning) { spdlog::warn("{}", warning); }

}  // namespace

Snapshotter::Snapshotter(LedgerDirectory& ledger, Plan plan) : ledger_(ledger), plan_(std::move(plan)) {}

void Snapshotter::start() {
  if (plan_.every != 0) thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Snapshotter::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void Snapshotter::run(const std::stop_token& stop) {
  lower_priority_of_this_thread();
  Position seen = plan_.newest;
  bool is_new = true;
  auto earliest = std::chrono::steady_clock::now();
  while (!sleep_until_stop(stop, plan_.look_interval)) {
    const Position head = ledger_.log().end().position;
    const bool is_due = head.value() - seen.value() >= plan_.every;
    if ((!is_due && !is_new) || std::chrono::steady_clock::now() < earliest) continue;
    // The newest snapshot comes first, so that no failure further back keeps the thread from taking a new
    // one.
    if (is_due) do_or_warn("no snapshot was taken", [&] { return take(stop); });
    do_or_warn("no older snapshot was taken", [&] { return fill_gaps(stop); });
    if (is_due) {
      seen = std::max(head, plan_.newest);
      earliest = std::chrono::steady_clock::now() + plan_.pause;
    }
    is_new = false;
  }
}

void Snapshotter::do_or_warn(const char* what, const std::function<Result<void>()>& work) {
  try {
    if (const auto done = work(); !done) spdlog::warn("{}: {}", what, done.error().message());
  } catch (const std::bad_alloc&) {
    spdlog::warn("{}: there is not enough memory for a second state", what);
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
  // A quarter of the room stays free: a snapshot that only just fits would be removed again soon.
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

Result<void> Snapshotter::write(const projections::State& state, const LogHead& head,
                                const std::stop_token& stop) {
  // A snapshot must not hold records that a power cut could remove from the log.
  if (auto synced = ledger_.log().sync(); !synced) return synced.error().why;
  auto written = offline::write_snapshot(ledger_, head, spacing(), [&](ByteSink& sink) {
    SinkUntilStop until_stop(sink, stop);
    write_state(state.catalog, state.access, until_stop);
    return stop.stop_requested() ? offline::Written::kGivenUp : offline::Written::kWhole;
  });
  if (!written) return written.error();
  if (*written == offline::Written::kGivenUp) return {};
  plan_.newest = std::max(plan_.newest, head.position);
  if (plan_.taken) plan_.taken(head.position);
  return {};
}

Result<void> Snapshotter::take_between(Position begin, Position end, const std::stop_token& stop) {
  {
    const offline::Useless remove = [](const std::filesystem::path& file) {
      std::error_code ignored;
      std::filesystem::remove(file, ignored);
    };
    projections::State state =
        offline::newest_snapshot(ledger_, plan_.hash_key, {.position = begin}, warn, remove);
    while (state.position() < end) {
      const Layout known = layout();
      // A snapshot lies at the end of a record.
      const auto head = head_at(ledger_.log(), ledger_.index(), known.next_stop(state.position(), end));
      if (!head) return head.error();
      const Position after = state.position();
      const auto folded = fold_log(ledger_.log(), after, {.position = head->position}, state, {.stop = stop});
      if (!folded) return folded.error();
      if (stop.stop_requested()) return {};
      if (known.has(head->position)) continue;
      if (auto written = write(state, *head, stop); !written) return written;
    }
  }
  ::malloc_trim(0);  // the second state goes back to the system
  return {};
}

Result<void> Snapshotter::take(const std::stop_token& stop) {
  const Layout known = layout();
  const Position newest = known.places.empty() ? kBeforeFirst : known.places.back();
  return take_between(newest, ledger_.log().end().position, stop);
}

Result<void> Snapshotter::fill_gaps(const std::stop_token& stop) {
  Result<void> outcome;
  for (const Layout::Gap& gap : layout().gaps()) {
    if (hopeless_.contains(gap.begin)) continue;
    const auto filled = take_between(gap.begin, gap.end, stop);
    if (stop.stop_requested()) return {};
    // A snapshot that cannot be written now can be written later. If the gap is unchanged for any other
    // reason, the log has a damaged part or no place for a snapshot in the gap, and later gaps may still be
    // fillable.
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
