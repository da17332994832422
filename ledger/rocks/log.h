// RocksLog: the log on disk, with its index, in RocksDB. Internal to ledger/: the way in is
// ledger_directory.h.
//
// Column families and their keys; numbers are big-endian, so that keys sort as they do:
//   records      position of the record's first event, u64 -> the record's bytes
//   entities     0x01, kind u8, number u64, position u64 -> nothing: the record that begins there has
//                an event, other than a block of uses, about the entity
//                0x02, kind u8, bucket u32, segment u64 -> in which chunks of the segment which keys or
//                clients of the bucket were used (ledger/rocks/use_index.h); written behind the appends
//                0x03, segment u64 -> the layout: all rows of the segment are written
//                0x04, kind u8, number / 256 u64, position u64 -> a bit for each number: the record that
//                begins there is about many of them (ledger/rocks/entity_index.h)
//   idempotency  id -> first and last position u64, command digest (32)
//   merkle       level u8, index u64 -> hash (32), first position behind the subtree u64. Levels from 5
//                on only: what is below is hashed again from the records, and a record costs a sixteenth
//                of a node.
//   default      0x01, position u64 -> index of the first record, index and position behind the last u64,
//   root
//                (32): the file of the archive that begins at the position (ledger/rocks/archive.h). Records
//                are in the family `records` from where the last file ends
// One WriteBatch an append holds all of it but the index of uses and the rows of the archive. What is
// intended is in a file beside the database until it is appended (ledger/rocks/intent_file.h).
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

#include "ledger/codec/record_codec.h"
#include "ledger/event_log.h"
#include "ledger/rocks/archive.h"
#include "ledger/rocks/archive_plan.h"

namespace keyledger::ledger {

// To read: beside a writer or without one, as of the moment of opening; nothing is changed or created.
enum class RocksMode : std::uint8_t { kCreate, kWrite, kRead };

// Asked before each write and sync, on the caller's thread: true makes it fail as a broken disk would. For
// tests.
enum class RocksOperation : std::uint8_t { kIntend, kAppend, kSync };
using RocksFaults = std::function<bool(RocksOperation)>;

struct RocksSettings {
  RocksFaults faults;
  unsigned segment_bits = 18;  // 2^bits positions to a segment of the index of uses; less in tests
  std::size_t record_bytes_max =
      kNewRecordBytesMax;  // of a record that is appended; more in tests of old logs
  ArchivePlace archive;    // where the files of its archive are
  ArchiveShape archive_shape;
  ArchiveFaults archive_faults;
};

// A log whose oldest records can be moved out of the database (ledger/rocks/archiving.h).
class ArchivableLog : public IndexedLog {
 public:
  // Archiving::movable() and Archiving::move(); one thread at a time calls them, beside all others.
  virtual Result<std::optional<ArchivedAmount>> archivable(Timestamp before) const = 0;
  virtual Result<std::optional<ArchivedAmount>> archive_oldest(Timestamp before,
                                                               const std::atomic<bool>& stop) = 0;
};

// kCorruptDatabase, kCorruptRecord, kNewerFormat, kCannotOpen. That the log holds all it held is for the
// caller to find out: RocksDB cannot tell.
Result<std::unique_ptr<ArchivableLog>> open_rocks_log(const std::filesystem::path& path, RocksMode mode,
                                                      RocksSettings settings = {});

}  // namespace keyledger::ledger
