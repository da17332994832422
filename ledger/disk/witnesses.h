// Witnesses: files beside the log that prove a length that the log has reached. Internal to ledger/disk/.
//
// `closing` and every snapshot are written after the log was synced up to the position in the file. A log
// that ends before the position, or has another root at the position, was rolled back or replaced.
#pragma once

#include <boost/uuid/uuid.hpp>
#include <filesystem>
#include <optional>
#include <vector>

#include "ledger/disk/snapshot_file.h"
#include "ledger/event_log.h"

namespace keyledger::ledger {

// A value. Any thread.
struct Witnesses {
  struct Snapshot {
    std::filesystem::path file;
    SnapshotIdentity identity;
  };
  std::vector<Snapshot> snapshots;  // of this ledger, of any layout, ascending by position
  std::optional<Position> closing;  // nothing if the file is missing, damaged or of another ledger

  // Reads the witnesses of a ledger. A reader beside a writer must call this before it opens the log.
  // Unreadable files prove nothing.
  static Witnesses in(const std::filesystem::path& ledger, const boost::uuids::uuid& id);

  // Fails with kShortened if a witness proves that the log was longer, or had other records. A root that
  // cannot be computed, for example because a file of the archive is missing, is not compared.
  Result<void> check(const LogIndex& index) const;
};

}  // namespace keyledger::ledger
