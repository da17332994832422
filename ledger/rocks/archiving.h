// Archiving: moving the oldest records of a RocksDB log into a file of its archive. Internal to ledger/: the
// way in is ledger_directory.h.
//
// The file is on the disk, read again and found to have the log's Merkle root before a row in RocksDB names
// it; the records leave RocksDB in the batch that writes the row, and their tables are dropped when that
// batch is on the disk. Whatever happens in between, every record is in one of the two: a file without a row
// is written anew.
#pragma once

#include <atomic>
#include <optional>

#include "ledger/event_log.h"
#include "ledger/rocks/archive_plan.h"
#include "ledger/rocks/store.h"

namespace keyledger::ledger {

// One thread at a time, beside those that append and read. Log and store outlive it.
class Archiving {
 public:
  Archiving(const RocksStore& store, const Log& log, const ArchiveShape& shape, ArchiveFaults faults)
      : store_(store), log_(log), shape_(shape), faults_(std::move(faults)) {}

  // All that is older than `before` and may be moved; nothing if that is less than one file. Reads O(log n)
  // records, with the errors of reading.
  Result<std::optional<ArchivedAmount>> movable(Timestamp before) const;

  // Moves the oldest of that into one file. Nothing if there is not enough, or if it was told to stop, and
  // then all is as it was. Errors of reading, in the file before it too; kRootDiffers; kArchiveNotWritten;
  // kWriteFailed, after which the log takes no more writes.
  Result<std::optional<ArchivedAmount>> move(Timestamp before, const std::atomic<bool>& stop);

 private:
  Result<std::optional<LogPlace>> end_of_movable(Timestamp before) const;
  Result<void> check_last_file(const LogPlace& next) const;
  Result<void> check_root(const ArchivedStretch& stretch) const;
  Result<bool> write(ArchiveWriter& writer, MerkleFrontier& tree, const LogPlace& end,
                     const std::atomic<bool>& stop) const;
  Result<void> verify(const std::filesystem::path& file, MerkleFrontier tree, const Hash& root) const;
  Result<void> remove_from_store(const ArchivedStretch& stretch);
  Result<void> step(ArchiveStep done) const;
  ArchivedAmount amount(const LogPlace& first, const LogPlace& behind) const;

  const RocksStore& store_;
  const Log& log_;
  ArchiveShape shape_;
  ArchiveFaults faults_;
};

}  // namespace keyledger::ledger
