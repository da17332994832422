// Archiving: moves the oldest records of a RocksDB log into a file of the archive. Internal to
// ledger/rocks/. Other folders use ledger/disk/directory.h.
//
// Before a row in RocksDB names the file, the file is on the disk, has been read again, and has the log's
// Merkle root. The batch with the row also removes the records from RocksDB. The tables of the records are
// dropped after the batch is on the disk. A crash at any moment leaves every record in RocksDB or in a file
// with a row. A file without a row is written anew.
#pragma once

#include <optional>
#include <stop_token>

#include "ledger/event_log.h"
#include "ledger/rocks/archive_plan.h"
#include "ledger/rocks/store.h"

namespace keyledger::ledger {

// One thread at a time, beside threads that append and read. Log and store must outlive the object.
class Archiving {
 public:
  Archiving(const RocksStore& store, const Log& log, const ArchiveShape& shape, ArchiveFaults faults)
      : store_(store), log_(log), shape_(shape), faults_(std::move(faults)) {}

  // Returns the amount of all records older than `before` that may be moved; nothing if the amount is too
  // small for a file. Reads O(log n) records. Fails with the errors of reading.
  Result<std::optional<ArchivedAmount>> movable(Timestamp before) const;

  // Moves the oldest movable records into a single file, and returns the moved amount. If the amount is too
  // small for a file or `stop` is requested in time, moves no record and returns nothing. Fails with the
  // errors of reading, also of the archive's last file; with kRootDiffers if the written records do not have
  // the log's root; with kArchiveNotWritten; with kWriteFailed, after which the log refuses all further
  // writes.
  Result<std::optional<ArchivedAmount>> move(Timestamp before, const std::stop_token& stop);

 private:
  Result<std::optional<LogPlace>> end_of_movable(Timestamp before) const;
  Result<void> check_last_file(const LogPlace& next) const;
  Result<void> check_root(const ArchivedStretch& stretch) const;
  Result<bool> write(ArchiveWriter& writer, MerkleFrontier& tree, const LogPlace& end,
                     const std::stop_token& stop) const;
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
