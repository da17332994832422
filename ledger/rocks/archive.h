// The archive of a RocksDB log: the oldest records, moved into files that never change again
// (ledger/rocks/archive_file.h). Internal to ledger/rocks/.
//
// RocksDB holds a row for each file. The rows, not the names in the directory, list the files of the archive,
// so that a missing or replaced file is noticed. A file without a row is ignored.
//
// Records before the archive's end are in the archive, and all later records are in RocksDB. The end only
// moves forward, and moves before records leave RocksDB. A reader must open an iterator first and ask for the
// files afterwards: every record is then in the iterator or in a file.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include "ledger/rocks/archive_file.h"

namespace keyledger::ledger {

// The directory of an archive's files, and the id of the archive's ledger.
struct ArchivePlace {
  std::filesystem::path directory;
  boost::uuids::uuid ledger_id{};
};

// The records of a file, as RocksDB remembers the file.
struct ArchivedStretch {
  LogPlace first;
  LogPlace behind;  // the end, exclusive
  Hash root{};      // of the log up to the last record of the file

  friend bool operator==(const ArchivedStretch&, const ArchivedStretch&) = default;
};

// Ascending and without gaps, from the first record of the log on.
using ArchivedStretches = std::vector<ArchivedStretch>;

// Returns true if the first stretch begins at the beginning of the log, every other stretch begins at the end
// of the stretch before, and no stretch is empty.
bool are_without_gaps(const ArchivedStretches& stretches);

// Reads records by position, in any order, and keeps the block read last. The place must outlive the reader.
// One thread at a time.
class ArchiveReader {
 public:
  ArchiveReader(const ArchivePlace& place, std::shared_ptr<const ArchivedStretches> stretches)
      : place_(place), stretches_(std::move(stretches)) {}

  // Returns true if `position` is before the archive's end.
  bool holds(Position position) const {
    return !stretches_->empty() && position < stretches_->back().behind.position;
  }

  struct Found {
    Position position;                    // of the record's first event
    std::span<const std::uint8_t> bytes;  // valid until the next call
  };
  // Returns the record that holds `position`. The position must be at least 1 and in the archive (ENSURE).
  // Fails with kArchiveMissing if the file is missing, with kCorruptDatabase if the file is damaged or
  // differs from the archived file, with kCorruptRecord if the block is damaged, with kCannotOpen or
  // kNewerFormat.
  Result<Found> record_holding(Position position);

 private:
  Result<void> open_file(const ArchivedStretch& stretch);

  const ArchivePlace& place_;
  std::shared_ptr<const ArchivedStretches> stretches_;
  std::unique_ptr<ArchiveFile> file_;
  ArchiveBlock block_;
  std::size_t record_ = 0;  // the record found last, by its index in the block
};

// The list of the files at the moment. Any thread.
class Archive {
 public:
  Archive(ArchivePlace place, ArchivedStretches stretches)
      : place_(std::move(place)),
        stretches_(std::make_shared<const ArchivedStretches>(std::move(stretches))) {}

  const ArchivePlace& place() const { return place_; }
  std::shared_ptr<const ArchivedStretches> stretches() const;

  // Returns the archive's end, exclusive. All later records are in RocksDB.
  LogPlace behind() const;

  // Returns a reader of the present files. The archive must outlive the reader.
  ArchiveReader reader() const { return {place_, stretches()}; }

  // Adds a file. The file must be on the disk already, and must follow the last file (ENSURE).
  void add(const ArchivedStretch& stretch);

 private:
  ArchivePlace place_;
  mutable std::mutex mutex_;
  std::shared_ptr<const ArchivedStretches> stretches_;  // guarded by mutex_; the list itself never changes
};

}  // namespace keyledger::ledger
