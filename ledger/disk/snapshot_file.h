// A snapshot on the disk: a folded state at one position, in sections, bound to the log it was folded from.
//
//   offset 0      the header: what the snapshot is of, and where its sections are, with a checksum of each
//   offset 4096k  a section
//
// Numbers are as they lie in memory (little-endian), and so may the sections be: `layout` says how, and a
// snapshot of another layout is of no use, but no harm. Checksums are XXH3 (64 bits; xxHash 0.8): made to
// find damage, at ten times the speed of CRC-32, not to withstand somebody who can write to the directory,
// who could as well change the log. A snapshot appears under its name when all of it is on the disk.
#pragma once

#include <atomic>
#include <boost/uuid/uuid.hpp>
#include <filesystem>
#include <memory>
#include <vector>

#include "ledger/merkle.h"
#include "ledger/values/byte_stream.h"
#include "ledger/values/error.h"
#include "ledger/values/position.h"
#include "ledger/values/timestamp.h"

namespace keyledger::ledger {

// What a snapshot is of.
struct SnapshotIdentity {
  boost::uuids::uuid ledger_id{};
  std::uint64_t layout = 0;
  std::uint64_t definition = 0;  // of the state's digest: what a fold takes in
  Position position;             // of the last event in it, which is the last of its record
  std::uint64_t records = 0;     // up to there
  Timestamp time;                // of the last record
  Hash root{};                   // of the tree of these records

  friend bool operator==(const SnapshotIdentity&, const SnapshotIdentity&) = default;
};

constexpr std::size_t kSnapshotSectionsMax = 32;

// In bytes: so much of the disk is left to the log, whose next record is worth more than any snapshot.
constexpr std::uint64_t kSnapshotReserve = std::uint64_t{256} << 20;

// Writes one. One thread at a time. Without finish() nothing is left of it but the directory. What cannot be
// written, and what would leave less than the reserve, makes it give up, and the room that it took is free at
// once: a log that finds a full disk is at its end.
class SnapshotWriter : public ByteSink {
 public:
  // `directory` is made if it is missing. kCannotCreate; also if there is no room for another snapshot of the
  // size of the newest, and `reserve` bytes beside it.
  static Result<std::unique_ptr<SnapshotWriter>> create(const std::filesystem::path& directory,
                                                        std::uint64_t reserve = kSnapshotReserve);

  // When it succeeds, the snapshot is on the disk.
  // kCannotCreate: whatever went wrong since the beginning.
  virtual Result<void> finish(const SnapshotIdentity& identity) = 0;
};

// Reads one. Different sections may be read by different threads at a time.
class SnapshotReader {
 public:
  SnapshotReader() = default;
  SnapshotReader(const SnapshotReader&) = delete;
  SnapshotReader& operator=(const SnapshotReader&) = delete;
  virtual ~SnapshotReader() = default;

  // The header is read and sound. kCannotOpen, kCorruptDatabase, kNewerFormat.
  static Result<std::unique_ptr<SnapshotReader>> open(const std::filesystem::path& file);

  virtual const SnapshotIdentity& identity() const = 0;
  virtual std::size_t sections() const = 0;

  // Set once the system could not read a section: that it is not sound then says nothing of what the file
  // holds. Outlives the reader.
  virtual std::shared_ptr<const std::atomic<bool>> unreadable() const = 0;

  class Section : public ByteSource {
   public:
    // True if all of it was read and is what was written.
    virtual bool is_sound() const = 0;
  };
  // There is one (ENSURE).
  virtual std::unique_ptr<Section> section(std::size_t index) const = 0;
};

// Where the snapshots of a ledger are: DIR/snapshots.
std::filesystem::path snapshots_of(const std::filesystem::path& ledger);

// The files in such a directory, newest first; none if there is no directory.
std::vector<std::filesystem::path> snapshots_in(const std::filesystem::path& directory);

// What the name of such a file says.
Position position_in_name(const std::filesystem::path& file);

// Removes what a writer left there who was killed. For the one who may write to the ledger, before he does.
void remove_unfinished_snapshot(const std::filesystem::path& directory);

}  // namespace keyledger::ledger
