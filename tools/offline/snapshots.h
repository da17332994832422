// Reads and writes the snapshots of a ledger. A fold may begin with a snapshot instead of the first event.
//
// A snapshot is used only if the snapshot is undamaged, belongs to this ledger, has the layout of this
// program, and has the Merkle root of a beginning of this log. Any other snapshot is skipped with a warning,
// because the log has every event.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "ledger/disk/directory.h"
#include "ledger/disk/snapshot_file.h"
#include "ledger/disk/snapshot_thinning.h"
#include "projections/state.h"

namespace keyledger::tools::offline {

using Warn = std::function<void(const std::string&)>;

// Returns the state of the newest usable snapshot within the limit; an empty state if no snapshot is usable.
// Reads with two threads. Calls `useless`, if given, with each file that will never be usable, because the
// file is damaged or belongs to another log.
using Useless = std::function<void(const std::filesystem::path&)>;
projections::State newest_snapshot(ledger::LedgerDirectory& ledger, const projections::HashKey& hash_key,
                                   const projections::FoldLimit& limit, const Warn& warn,
                                   const Useless& useless = {});

// How many entities a half of a state knows. Both halves of a state know the same entities.
struct EntityCounts {
  std::size_t keys = 0;
  std::size_t users = 0;
  std::size_t clients = 0;

  friend bool operator==(const EntityCounts&, const EntityCounts&) = default;
};

template <typename Half>
EntityCounts counts_of(const Half& half) {
  return {.keys = half.keys(), .users = half.users(), .clients = half.clients()};
}

// The hot half of a snapshot, for a daemon that gives verdicts before the catalog is read.
struct HotStart {
  projections::Access access;  // empty if no snapshot is usable
  // The snapshot to read the catalog from; null if no snapshot is usable.
  std::unique_ptr<ledger::SnapshotReader> snapshot;
  EntityCounts counts;  // of the catalog, too

  ledger::Position position() const { return access.position(); }
};
HotStart newest_access(ledger::LedgerDirectory& ledger, const Warn& warn);

// A catalog and its position.
struct CatalogStart {
  projections::Catalog catalog;
  ledger::Position position;
};
// The other half; a warning, and that of an older snapshot, if it cannot be believed, and an empty one at
// last. Nothing when it is given up because a stop is requested.
std::optional<CatalogStart> read_catalog(ledger::LedgerDirectory& ledger, const HotStart& start,
                                         const projections::HashKey& hash_key, const std::stop_token& stop,
                                         const Warn& warn);

enum class Written : std::uint8_t { kWhole, kGivenUp };

// Writes a snapshot of the state at `head`, which must be synced. `write` writes the whole state, or gives
// up, and then no file remains. Removes superfluous snapshots before and after
// (ledger/disk/snapshot_thinning.h). kCannotCreate.
ledger::Result<Written> write_snapshot(ledger::LedgerDirectory& ledger, const ledger::LogHead& head,
                                       const ledger::SnapshotSpacing& spacing,
                                       const std::function<Written(ledger::ByteSink&)>& write);

// Returns the spacing for snapshots that are at least `events` apart (0: two snapshots are enough). All
// snapshots together take at most the size of the log on the same disk (or 64 MiB), and at most half of the
// space that snapshots and log have to grow.
ledger::SnapshotSpacing snapshot_spacing(ledger::LedgerDirectory& ledger, std::uint64_t events);

// Returns the places of all snapshots in ascending order, from the headers of the files.
std::vector<ledger::SnapshotPlace> snapshot_places(ledger::LedgerDirectory& ledger);

}  // namespace keyledger::tools::offline
