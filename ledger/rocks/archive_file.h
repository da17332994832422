// An archive file: consecutive whole records of a ledger, compressed, which never change again. Internal to
// ledger/rocks/.
//
//   offset  size  header, 64 bytes
//        0    16  "keyledger archiv"
//       16     4  format, 1
//       20     4  0
//       24    16  the ledger's id
//       40     8  index of the first record
//       48     8  its position
//       56     8  checksum of the 56 bytes before
//   blocks, one after the other: each a Zstandard frame (RFC 8878) of a block (ledger/rocks/archive_block.h)
//   index, 40 bytes for each block
//        0     8  index of its first record
//        8     8  the position of that
//       16     8  offset of the frame
//       24     4  size of the frame
//       28     4  size of the block
//       32     8  checksum of the frame
//   footer, 88 bytes
//        0     8  offset of the index
//        8     8  how many blocks
//       16     8  index of the record behind the last
//       24     8  the position of that
//       32     8  time of the first record, in microseconds since 1970-01-01T00:00:00Z
//       40     8  time of the last
//       48    32  root of the Merkle tree of the log from its first record to the last one here
//       80     8  checksum of header, index and the 80 bytes before
//
// Numbers are little-endian. Checksums are XXH3 (64 bits; xxHash 0.8), made to find damage at the speed of
// reading. Who could write both a record and its checksum is found by the root, which the log holds too.
#pragma once

#include <boost/uuid/uuid.hpp>
#include <filesystem>
#include <memory>

#include "ledger/merkle.h"
#include "ledger/record.h"
#include "ledger/rocks/archive_block.h"
#include "ledger/values/error.h"

namespace keyledger::ledger {

// What a file is of.
struct ArchiveIdentity {
  boost::uuids::uuid ledger_id{};
  LogPlace first;
  LogPlace behind;
  Timestamp begins;  // of the first record
  Timestamp ends;    // of the last
  Hash root{};       // of the log up to the last

  friend bool operator==(const ArchiveIdentity&, const ArchiveIdentity&) = default;
};

// "00000000000000000001.records"
std::string archive_name(Position first);

// Writes one. One thread at a time. Without publish() nothing is left of it.
class ArchiveWriter {
 public:
  struct Begin {
    boost::uuids::uuid ledger_id{};
    LogPlace first;
    std::size_t block_bytes = 0;  // a block ends when it has as many
  };

  // `directory` is made if it is missing. kArchiveNotWritten.
  static Result<std::unique_ptr<ArchiveWriter>> create(const std::filesystem::path& directory,
                                                       const Begin& begin);

  ArchiveWriter() = default;
  ArchiveWriter(const ArchiveWriter&) = delete;
  ArchiveWriter& operator=(const ArchiveWriter&) = delete;
  virtual ~ArchiveWriter() = default;

  // The next record (ENSURE), with its stored bytes.
  virtual void add(const Record& record, std::span<const std::uint8_t> bytes) = 0;

  // Behind the last record that was added.
  virtual LogPlace behind() const = 0;

  // Of the file so far, but for the records of its last block.
  virtual std::uint64_t bytes() const = 0;

  // After the last record: when it returns, the file is on the disk, under a name of its own, to be looked at
  // there. kArchiveNotWritten: whatever went wrong since the beginning.
  virtual Result<std::filesystem::path> finish(const Hash& root) = 0;

  // Gives it its name, which is on the disk when this returns. kArchiveNotWritten.
  virtual Result<std::filesystem::path> publish() = 0;
};

// Reads one. One thread at a time.
class ArchiveFile {
 public:
  // Header, index and footer are read and sound. kArchiveMissing if there is no such file, kCannotOpen,
  // kCorruptDatabase, kNewerFormat.
  static Result<std::unique_ptr<ArchiveFile>> open(const std::filesystem::path& path);

  ArchiveFile() = default;
  ArchiveFile(const ArchiveFile&) = delete;
  ArchiveFile& operator=(const ArchiveFile&) = delete;
  virtual ~ArchiveFile() = default;

  virtual const ArchiveIdentity& identity() const = 0;
  virtual std::size_t blocks() const = 0;
  virtual std::uint64_t bytes() const = 0;

  // Reads the block that holds a position of this file (ENSURE). kCorruptRecord names file and positions.
  virtual Result<void> read(Position position, ArchiveBlock& into) = 0;
};

}  // namespace keyledger::ledger
