// RocksLog: the log on disk, with its index, in RocksDB. Internal to ledger/. Other folders use
// ledger/disk/directory.h.
//
// Column families with keys and values. Numbers are big-endian, so that keys sort like numbers:
//   records      position of the record's first event, u64 -> the record's bytes
//   entities     0x01, kind u8, number u64, position u64 -> nothing: the record at the position has an event
//                about the entity, other than a block of uses
//                0x02, kind u8, bucket u32, segment u64 -> the keys or clients of the bucket used in each
//                chunk of the segment (ledger/rocks/use_index.h); written after the appends
//                0x03, segment u64 -> the layout: all rows of the segment are written
//                0x04, kind u8, number / 256 u64, position u64 -> a bit for each number: the record at the
//                position is about many entities (ledger/rocks/entity_index.h)
//   idempotency  id -> first and last position u64, command digest (32)
//   merkle       level u8, index u64 -> hash (32), first position after the subtree u64. Nodes below level 5
//                are hashed again from the records, so that a record costs only a sixteenth of a stored node
//   default      0x01, position u64 -> index of the first record u64, index and position after the last
//                record u64, root (32): the archive file that begins at the position
//                (ledger/rocks/archive.h). The family `records` has the records after the last file
//                0x02 -> the id (16) of the ledger that the database belongs to
//                0x03 -> number of records before a long append u64, position before it u64, number of its
//                records u64, checksum (32) of the file of its intent: the append is open, and the log ends
//                inside it. Written with its first part, and removed with its last part
//                0x04 -> nothing: a repair of the indexes is under way
// A WriteBatch for each append holds all rows except the index of uses and the rows of the archive. Intended
// records are in a file beside the database until they are appended (ledger/rocks/intent_file.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>

#include "ledger/codec/record_limits.h"
#include "ledger/event_log.h"
#include "ledger/index_check.h"
#include "ledger/rocks/archive.h"
#include "ledger/rocks/archive_plan.h"
#include "ledger/rocks/mode.h"

namespace keyledger::ledger {

// For tests. The log calls RocksFaults before each write and sync, on the caller's thread. If the function
// returns true, the operation fails as on a broken disk.
enum class RocksOperation : std::uint8_t { kIntend, kAppend, kSync };
using RocksFaults = std::function<bool(RocksOperation)>;

struct RocksSettings {
  RocksFaults faults;
  unsigned segment_bits = 18;  // 2^bits positions in a segment of the index of uses; fewer in tests
  // The most bytes of an appended record; more in tests of old logs.
  std::size_t record_bytes_max = kNewRecordBytesMax;
  ArchivePlace archive;  // place of the archive's files
  ArchiveShape archive_shape;
  ArchiveFaults archive_faults;
};

// A log whose oldest records can be moved out of the database (ledger/rocks/archiving.h).
class ArchivableLog : public IndexedLog {
 public:
  // Call Archiving::movable() and Archiving::move(). One thread at a time may call the two functions, beside
  // all other functions.
  virtual Result<std::optional<ArchivedAmount>> archivable(Timestamp before) const = 0;
  virtual Result<std::optional<ArchivedAmount>> archive_oldest(Timestamp before,
                                                               const std::stop_token& stop) = 0;

  // Returns a check of the index up to the present end of the log.
  virtual std::unique_ptr<IndexCheck> begin_index_check() const = 0;

  // Returns true if the database names its ledger. A database of an older version does not, until it is
  // opened for writing.
  virtual bool names_its_ledger() const = 0;
};

// Opens the log. Unless `mode` is kRead, appends the rest of an unfinished intent, and writes the ledger's id
// into a database without one (a nil id is not written and not compared). Fails with kForeignPart if the
// database or the intent is of another ledger, with kIndexDiffers if a repair of the indexes was interrupted,
// with kCorruptDatabase (also if the log ends inside a long append whose file is missing or another),
// kCorruptRecord, kNewerFormat, kCannotOpen, or with kWriteFailed while finishing the intent. The caller must
// check that the log still has all records, because RocksDB cannot tell.
Result<std::unique_ptr<ArchivableLog>> open_rocks_log(const std::filesystem::path& path, RocksMode mode,
                                                      RocksSettings settings = {});

}  // namespace keyledger::ledger
