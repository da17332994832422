// Which snapshots of a ledger are kept: so many, at such distances, that a fold to any moment of the past
// begins near it, and no more than are worth their room.
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
  std::uint64_t events = 0;     // they need not be nearer to each other; 0: two are enough
  std::uint64_t bytes_max = 0;  // of all together, unless they are but two
};

// How far apart snapshots of `bytes_each` are in a log that ends at `head`, in events: as the spacing has it,
// or farther, so that all of them have room.
std::uint64_t events_apart(const SnapshotSpacing& spacing, Position head, std::uint64_t bytes_each);

// Those of `places` (ascending) that are not kept. The newest stays, and the one before it, for the case that
// the newest is damaged. Of the others, always that one goes whose going leaves the least to fold.
std::vector<SnapshotPlace> superfluous(std::vector<SnapshotPlace> places, const SnapshotSpacing& spacing);

// Those in the directory, ascending, from which a fold may begin of the ledger whose snapshot at its head
// would be `head`: of the same ledger, layout and definition, and not behind the head. Only headers are read.
std::vector<SnapshotPlace> usable_snapshots(const std::filesystem::path& directory,
                                            const SnapshotIdentity& head);

// Removes what is not usable, and what is superfluous of the rest.
void thin_snapshots(const std::filesystem::path& directory, const SnapshotIdentity& head,
                    const SnapshotSpacing& spacing);

}  // namespace keyledger::ledger
