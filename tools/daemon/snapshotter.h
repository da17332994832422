// Snapshotter: takes snapshots of a ledger's state while its daemon runs.
//
// Its thread folds a state of its own, from the newest snapshot and what the log has behind it, and writes
// that: nobody who asks or commands waits for it. On the way it leaves further ones, so that a fold to any
// past moment begins near it; after that, and when it starts, it takes those that are missing further back,
// say because many events came between two stops of the daemon. It costs the memory of a second state while
// it works, and runs with less priority than the others. A snapshot that cannot be taken is a warning, and is
// tried again as many events later. One thread makes it, stops it and asks; what its thread uses of the
// ledger may be called from any.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <stop_token>
#include <thread>
#include <vector>

#include "ledger/disk/directory.h"
#include "ledger/disk/snapshot_thinning.h"
#include "projections/state.h"
#include "projections/tables/keyed_hash.h"

namespace keyledger::tools::daemon {

// After so many events a snapshot is taken: folding twice as many takes less than two seconds.
constexpr std::uint64_t kEventsPerSnapshot = 8'000'000;

class Snapshotter {
 public:
  struct Plan {
    std::uint64_t every = kEventsPerSnapshot;  // events; 0: never by itself
    projections::HashKey hash_key;
    ledger::Position newest;  // of the snapshot that there is; kBeforeFirst: none
    // How often the thread looks at the log.
    std::chrono::milliseconds look_interval = std::chrono::seconds(1);
    // Between two times at which it works. Uses may come by the million: the disk has other things to do than
    // to take one snapshot after another.
    std::chrono::milliseconds pause = std::chrono::minutes(10);
    // In bytes, for all of them; nothing: see snapshot_spacing().
    std::optional<std::uint64_t> bytes_max;
    // On the thread, after each that was taken; may be empty.
    std::function<void(ledger::Position)> taken;
  };

  // The ledger outlives it.
  Snapshotter(ledger::LedgerDirectory& ledger, Plan plan);
  Snapshotter(const Snapshotter&) = delete;
  Snapshotter& operator=(const Snapshotter&) = delete;

  // Once, unless there is nothing to be taken by itself.
  void start();

  // Gives up what is under way, and ends the thread if there is one.
  void stop();

  // What the thread does when it is time: takes a snapshot of the log as far as it reaches now, and others on
  // the way there from the newest. Any error of reading the log or writing a snapshot. Not beside the thread.
  ledger::Result<void> take(const std::stop_token& stop = {});

  // Takes those that are missing before the newest. The same errors. Not beside the thread.
  ledger::Result<void> fill_gaps(const std::stop_token& stop = {});

  // After stop(): the position of the newest snapshot.
  ledger::Position newest() const { return plan_.newest; }

 private:
  void run(const std::stop_token& stop);
  // Does the work; whatever is missing for it, the daemon goes on.
  void do_or_warn(const char* what, const std::function<ledger::Result<void>()>& work);

  // Where there are snapshots, and how far they are to be apart.
  struct Layout {
    std::vector<ledger::Position> places;  // ascending
    std::uint64_t distance = 0;            // events

    // Two neighbours, or the beginning and the first, between which there is room for another.
    struct Gap {
      ledger::Position begin;
      ledger::Position end;
    };
    std::vector<Gap> gaps() const;
    // Where a fold that has come to `position` is to stop next on its way to `head`.
    ledger::Position next_stop(ledger::Position position, ledger::Position head) const;
    bool has(ledger::Position position) const;
  };
  Layout layout() const;

  // From the snapshot at `begin`, or one before it, to `end`.
  ledger::Result<void> take_between(ledger::Position begin, ledger::Position end,
                                    const std::stop_token& stop);
  ledger::SnapshotSpacing spacing() const;
  ledger::Result<void> write(const projections::State& state, const ledger::LogHead& head,
                             const std::stop_token& stop);

  ledger::LedgerDirectory& ledger_;
  Plan plan_;
  // Where gaps begin in which nothing could be done: they are not tried again.
  std::set<ledger::Position> hopeless_;
  std::jthread thread_;
};

}  // namespace keyledger::tools::daemon
