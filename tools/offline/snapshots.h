// The snapshots of a ledger: from which a fold may begin, and how one is written.
//
// A snapshot is believed only if it is of this ledger, of this program's layout, undamaged, and of a log that
// is the beginning of the one at hand, by its Merkle root. Any other is passed over with a warning: the log
// has everything.
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

// The newest one that lies within the limit and can be believed; an empty state if there is none. Reads with
// two threads. `useless`, if there is one, is told of each file on the way that will never be believed: that
// is damaged, or of another log.
using Useless = std::function<void(const std::filesystem::path&)>;
projections::State newest_snapshot(ledger::LedgerDirectory& ledger, const projections::HashKey& hash_key,
                                   const projections::FoldLimit& limit, const Warn& warn,
                                   const Useless& useless = {});

// How many entities a half of a state knows: as many as the other half.
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

// The hot half of a snapshot, for a daemon that gives verdicts before it has the other half.
struct HotStart {
  projections::Access access;  // empty if there is no snapshot that can be believed
  // What the other half is read from; null without one.
  std::unique_ptr<ledger::SnapshotReader> snapshot;
  EntityCounts counts;  // that the other half must have

  ledger::Position position() const { return access.position(); }
};
HotStart newest_access(ledger::LedgerDirectory& ledger, const Warn& warn);

// A catalog, and the position that it is as of.
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

// Writes one of the state at `head`, which is synced: `write` writes all of it, or gives up, and then nothing
// is left. kCannotCreate. Before and after, removes what is of no use (ledger/disk/snapshot_thinning.h).
ledger::Result<Written> write_snapshot(ledger::LedgerDirectory& ledger, const ledger::LogHead& head,
                                       const ledger::SnapshotSpacing& spacing,
                                       const std::function<Written(ledger::ByteSink&)>& write);

// At least `events` apart (0: two are enough), and all together no larger than the log on the same disk, or
// 64 MiB, nor than half of what there would be for them and the log to grow.
ledger::SnapshotSpacing snapshot_spacing(ledger::LedgerDirectory& ledger, std::uint64_t events);

// Those that there are, ascending, by their headers.
std::vector<ledger::SnapshotPlace> snapshot_places(ledger::LedgerDirectory& ledger);

}  // namespace keyledger::tools::offline
