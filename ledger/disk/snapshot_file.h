// A snapshot on disk: a folded state at a position, in sections, bound to the log that was folded.
//
//   offset 0      the header: the snapshot's identity, and the place and a checksum of each section
//   offset 4096k  a section
//
// Numbers are stored as they lie in memory (little-endian), and sections may be too: `layout` identifies how.
// A snapshot of another layout cannot be used, but does no harm. Checksums are XXH3 (64 bits; xxHash 0.8),
// ten times as fast as CRC-32. They find damage, but do not withstand a person who can write to the
// directory, because this person could change the log as well. A snapshot appears under its name once all of
// it is on the disk.
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

// Identifies the log and the state of a snapshot.
struct SnapshotIdentity {
  boost::uuids::uuid ledger_id{};
  std::uint64_t layout = 0;
  std::uint64_t definition = 0;  // version of the state's digest, and so of what a fold takes in
  Position position;             // of the last event, which must end a record
  std::uint64_t records = 0;     // number of records up to this position
  Timestamp time;                // of the last record
  Hash root{};                   // of the tree of these records

  friend bool operator==(const SnapshotIdentity&, const SnapshotIdentity&) = default;
};

constexpr std::size_t kSnapshotSectionsMax = 32;

// In bytes: this much of the disk is left to the log, whose next record is worth more than any snapshot.
constexpr std::uint64_t kSnapshotReserve = std::uint64_t{256} << 20;

// Writes a snapshot. One thread at a time. Without finish(), only the directory is left. If a write fails, or
// would leave less than the reserve, the writer gives up and frees its room at once, because a log that finds
// a full disk must stop.
class SnapshotWriter : public ByteSink {
 public:
  // Starts a snapshot, and makes `directory` if missing. Fails with kCannotCreate, also if there is no room
  // for another snapshot of the newest one's size and `reserve` bytes.
  static Result<std::unique_ptr<SnapshotWriter>> create(const std::filesystem::path& directory,
                                                        std::uint64_t reserve = kSnapshotReserve);

  // Completes the snapshot. After success, the snapshot is on the disk. Fails with kCannotCreate and the
  // first failure since the beginning.
  virtual Result<void> finish(const SnapshotIdentity& identity) = 0;
};

// Reads a snapshot. Different threads may read different sections at the same time.
class SnapshotReader {
 public:
  SnapshotReader() = default;
  SnapshotReader(const SnapshotReader&) = delete;
  SnapshotReader& operator=(const SnapshotReader&) = delete;
  virtual ~SnapshotReader() = default;

  // Reads and checks the header. Fails with kCannotOpen, kCorruptDatabase or kNewerFormat.
  static Result<std::unique_ptr<SnapshotReader>> open(const std::filesystem::path& file);

  virtual const SnapshotIdentity& identity() const = 0;
  virtual std::size_t sections() const = 0;

  // Becomes true once the system could not read a section. An unsound section then says nothing about the
  // file's contents. The flag outlives the reader.
  virtual std::shared_ptr<const std::atomic<bool>> unreadable() const = 0;

  class Section : public ByteSource {
   public:
    // Returns whether the whole section was read and its checksum is right.
    virtual bool is_sound() const = 0;
  };
  // Returns a section; `index` must be less than sections() (ENSURE).
  virtual std::unique_ptr<Section> section(std::size_t index) const = 0;
};

// Returns the directory of a ledger's snapshots, DIR/snapshots.
std::filesystem::path snapshots_of(const std::filesystem::path& ledger);

// Returns the snapshot files in a directory, newest first; none if the directory does not exist.
std::vector<std::filesystem::path> snapshots_in(const std::filesystem::path& directory);

// Returns the position in the name of a snapshot file.
Position position_in_name(const std::filesystem::path& file);

// Removes the unfinished snapshot of a killed writer. Only the ledger's writer may call this, before starting
// a snapshot.
void remove_unfinished_snapshot(const std::filesystem::path& directory);

}  // namespace keyledger::ledger
