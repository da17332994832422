// The archive of a RocksDB log: its oldest records, moved into files that never change again
// (ledger/rocks/archive_file.h). Internal to ledger/rocks/.
//
// RocksDB holds a row for each file, so what is archived is told by the log itself and not by the names in a
// directory: a file that is missing, or is another one, is noticed. What no row names is not looked at.
//
// Records are in the archive up to a place, and in RocksDB from there on. The place only moves on, and it
// does so before records leave RocksDB: whoever opens an iterator first and asks for the files then, finds
// every record in one or the other.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include "ledger/rocks/archive_file.h"

namespace keyledger::ledger {

// Where the files of a log are, and of which ledger.
struct ArchivePlace {
  std::filesystem::path directory;
  boost::uuids::uuid ledger_id{};
};

// One file, as RocksDB remembers it.
struct ArchivedStretch {
  LogPlace first;
  LogPlace behind;
  Hash root{};  // of the log up to its last record

  friend bool operator==(const ArchivedStretch&, const ArchivedStretch&) = default;
};

// Ascending, from the first record of the log on, without gaps.
using ArchivedStretches = std::vector<ArchivedStretch>;

// True if each begins where the one before it ends, the first at the beginning of the log.
bool are_without_gaps(const ArchivedStretches& stretches);

// Reads records by their positions, one after the other or here and there; keeps the block that it read last.
// One thread at a time.
class ArchiveReader {
 public:
  ArchiveReader(const ArchivePlace& place, std::shared_ptr<const ArchivedStretches> stretches)
      : place_(place), stretches_(std::move(stretches)) {}

  bool holds(Position position) const {
    return !stretches_->empty() && position < stretches_->back().behind.position;
  }

  struct Found {
    Position position;                    // of the record's first event
    std::span<const std::uint8_t> bytes;  // valid until the next call
  };
  // The record that holds the position, which is in the archive (ENSURE) and not before 1. kArchiveMissing;
  // kCorruptDatabase for a file that is another one, kCorruptRecord for a block; kCannotOpen, kNewerFormat.
  Result<Found> record_holding(Position position);

 private:
  Result<void> open_file(const ArchivedStretch& stretch);

  const ArchivePlace& place_;
  std::shared_ptr<const ArchivedStretches> stretches_;
  std::unique_ptr<ArchiveFile> file_;
  ArchiveBlock block_;
  std::size_t record_ = 0;  // in the block, that was found last
};

// Which files there are now. Any thread.
class Archive {
 public:
  Archive(ArchivePlace place, ArchivedStretches stretches)
      : place_(std::move(place)),
        stretches_(std::make_shared<const ArchivedStretches>(std::move(stretches))) {}

  const ArchivePlace& place() const { return place_; }
  std::shared_ptr<const ArchivedStretches> stretches() const;

  // Where it ends: from there on, records are in RocksDB.
  LogPlace behind() const;

  // Of what there is now. The archive must outlive it.
  ArchiveReader reader() const { return {place_, stretches()}; }

  // Another file, which is on the disk and follows the last one (ENSURE).
  void add(const ArchivedStretch& stretch);

 private:
  ArchivePlace place_;
  mutable std::mutex mutex_;
  std::shared_ptr<const ArchivedStretches> stretches_;  // guarded by mutex_; what it points to never changes
};

}  // namespace keyledger::ledger
