// Chooses the snapshots of a ledger to keep: enough, and at such distances, that a fold to any moment of the
// past begins nearby, but no more than are worth their room.
//
// One thread at a time for each directory.
#pragma once

#include <filesystem>
#include <vector>

#include "ledger/disk/snapshot_file.h"
#include "ledger/values/position.h"

namespace keyledger::ledger {

struct SnapshotPlace {
  std::filesystem::path file;
  Position position;
  std::uint64_t bytes = 0;
};

struct SnapshotSpacing {
  std::uint64_t events = 0;     // snapshots need not be closer than this; 0: keep only two
  std::uint64_t bytes_max = 0;  // of all snapshots together; two are kept in any case
};

// Returns the distance, in events, between snapshots of `bytes_each` in a log that ends at `head`: the
// spacing's distance, or a wider distance if all snapshots would not have room otherwise.
std::uint64_t events_apart(const SnapshotSpacing& spacing, Position head, std::uint64_t bytes_each);

// Returns the members of `places` (ascending) to remove. Keeps the newest two, because the newest may be
// damaged. Among the others, repeatedly removes the snapshot whose removal leaves the least to fold.
std::vector<SnapshotPlace> superfluous(std::vector<SnapshotPlace> places, const SnapshotSpacing& spacing);

// Returns the usable snapshots in the directory, ascending. A snapshot is usable if it has the ledger, layout
// and definition of `head`, and a position not after `head`. Reads only headers.
std::vector<SnapshotPlace> usable_snapshots(const std::filesystem::path& directory,
                                            const SnapshotIdentity& head);

// Removes unusable snapshots, and superfluous ones among the usable.
void thin_snapshots(const std::filesystem::path& directory, const SnapshotIdentity& head,
                    const SnapshotSpacing& spacing);

}  // namespace keyledger::ledger
