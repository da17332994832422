// Snapshotter: takes snapshots of a ledger's state while its daemon runs.
//
// The snapshotter's thread folds a second state from the newest snapshot and the records after the snapshot,
// and writes this state, so that no question and no command waits for a snapshot. On the way the thread
// leaves further snapshots, so that a fold to any past moment begins near the moment. When the thread starts,
// and after each new snapshot, the thread also fills gaps between old snapshots; a gap appears, for example,
// if many events came between two stops of the daemon.
//
// While the thread works, the second state takes as much memory as the first. The thread runs with less
// priority than others. If a snapshot cannot be taken, the thread warns, and tries again after as many events
// as lie between two snapshots. One thread makes, starts, stops and asks the snapshotter. The snapshotter's
// thread uses only functions of the ledger that any thread may call.
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

// The daemon takes a snapshot after this many events. Folding twice as many events takes less than two
// seconds.
constexpr std::uint64_t kEventsPerSnapshot = 8'000'000;

class Snapshotter {
 public:
  struct Plan {
    std::uint64_t every = kEventsPerSnapshot;  // events; 0: never by itself
    projections::HashKey hash_key;
    ledger::Position newest;  // of the snapshot that there is; kBeforeFirst: none
    // The time between two looks at the log.
    std::chrono::milliseconds look_interval = std::chrono::seconds(1);
    // The time between two snapshots at least. Uses may come by the million, and the disk must not be busy
    // with snapshots all the time.
    std::chrono::milliseconds pause = std::chrono::minutes(10);
    // The limit for the bytes of all snapshots together; without a limit, snapshot_spacing() gives one.
    std::optional<std::uint64_t> bytes_max;
    // Called on the snapshotter's thread after each new snapshot. May be empty.
    std::function<void(ledger::Position)> taken;
  };

  // The ledger must outlive the snapshotter.
  Snapshotter(ledger::LedgerDirectory& ledger, Plan plan);
  Snapshotter(const Snapshotter&) = delete;
  Snapshotter& operator=(const Snapshotter&) = delete;

  // Starts the thread, unless plan.every is 0. Call start() at most once.
  void start();

  // Gives up the snapshot under way, and ends the thread if there is one.
  void stop();

  // Takes a snapshot at the log's end of this moment, and further snapshots on the way from the newest one.
  // The thread calls take() when a snapshot is due. Any error of reading the log or writing a snapshot. Must
  // not run beside the thread.
  ledger::Result<void> take(const std::stop_token& stop = {});

  // Takes missing snapshots before the newest one. Errors as for take(). Must not run beside the thread.
  ledger::Result<void> fill_gaps(const std::stop_token& stop = {});

  // Returns the position of the newest snapshot. Call newest() after stop().
  ledger::Position newest() const { return plan_.newest; }

 private:
  void run(const std::stop_token& stop);
  // Does the work, and warns of any failure, because the daemon goes on without a snapshot.
  void do_or_warn(const char* what, const std::function<ledger::Result<void>()>& work);

  // The places of the snapshots, and the distance to keep between them.
  struct Layout {
    std::vector<ledger::Position> places;  // ascending
    std::uint64_t distance = 0;            // events

    // Two neighbours (or the log's beginning and the first snapshot) with room for another snapshot between
    // them.
    struct Gap {
      ledger::Position begin;
      ledger::Position end;
    };
    std::vector<Gap> gaps() const;
    // Returns the next position for a snapshot, for a fold from `position` to `head`.
    ledger::Position next_stop(ledger::Position position, ledger::Position head) const;
    bool has(ledger::Position position) const;
  };
  Layout layout() const;

  // Takes snapshots from `begin` to `end`. The fold begins with the snapshot at `begin` or with an earlier
  // one.
  ledger::Result<void> take_between(ledger::Position begin, ledger::Position end,
                                    const std::stop_token& stop);
  ledger::SnapshotSpacing spacing() const;
  ledger::Result<void> write(const projections::State& state, const ledger::LogHead& head,
                             const std::stop_token& stop);

  ledger::LedgerDirectory& ledger_;
  Plan plan_;
  // The beginnings of gaps that could not be filled. These gaps are not tried again.
  std::set<ledger::Position> hopeless_;
  std::jthread thread_;
};

}  // namespace keyledger::tools::daemon
