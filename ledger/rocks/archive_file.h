// An archive file: consecutive whole records of a ledger, compressed. The file never changes again. Internal
// to ledger/rocks/.
//
//   offset  size  header, 64 bytes
//        0    16  "keyledger archiv"
//       16     4  format, 1
//       20     4  0
//       24    16  the ledger's id
//       40     8  index of the first record
//       48     8  position of the first record
//       56     8  checksum of the 56 bytes before
//   blocks, one after another: each a Zstandard frame (RFC 8878) of a block (ledger/rocks/archive_block.h)
//   index, 40 bytes for each block
//        0     8  index of the block's first record
//        8     8  position of the block's first record
//       16     8  offset of the frame
//       24     4  size of the frame
//       28     4  size of the block
//       32     8  checksum of the frame
//   footer, 88 bytes
//        0     8  offset of the index
//        8     8  number of blocks
//       16     8  index of the record after the last record
//       24     8  position of the record after the last record
//       32     8  time of the first record, in microseconds since 1970-01-01T00:00:00Z
//       40     8  time of the last record
//       48    32  root of the Merkle tree of the log, up to the last record of the file
//       80     8  checksum of header, index and the 80 bytes before
//
// Numbers are little-endian. Checksums are XXH3 (64 bits; xxHash 0.8), because XXH3 finds damage at the speed
// of reading. The root finds a forged record with a matching checksum, because the log holds the root too.
#pragma once

#include <boost/uuid/uuid.hpp>
#include <filesystem>
#include <memory>

#include "ledger/merkle.h"
#include "ledger/record.h"
#include "ledger/rocks/archive_block.h"
#include "ledger/values/error.h"

namespace keyledger::ledger {

// Identifies the ledger and the records of a file.
struct ArchiveIdentity {
  boost::uuids::uuid ledger_id{};
  LogPlace first;
  LogPlace behind;   // the end, exclusive
  Timestamp begins;  // time of the first record
  Timestamp ends;    // time of the last record
  Hash root{};       // of the log up to the last record

  friend bool operator==(const ArchiveIdentity&, const ArchiveIdentity&) = default;
};

// Returns the name of the file whose first record begins at `first`: "00000000000000000001.records".
std::string archive_name(Position first);

// Writes an archive file. One thread at a time. Without publish(), no file is left.
class ArchiveWriter {
 public:
  struct Begin {
    boost::uuids::uuid ledger_id{};
    LogPlace first;
    std::size_t block_bytes = 0;  // a block ends once it has as many bytes
  };

  // Creates a file, and `directory` if missing. Fails with kArchiveNotWritten.
  static Result<std::unique_ptr<ArchiveWriter>> create(const std::filesystem::path& directory,
                                                       const Begin& begin);

  ArchiveWriter() = default;
  ArchiveWriter(const ArchiveWriter&) = delete;
  ArchiveWriter& operator=(const ArchiveWriter&) = delete;
  virtual ~ArchiveWriter() = default;

  // Adds a record with its stored bytes. The record must follow the last record (ENSURE). After a failure to
  // write, finish() fails.
  virtual void add(const Record& record, std::span<const std::uint8_t> bytes) = 0;

  // Returns the place after the last added record.
  virtual LogPlace behind() const = 0;

  // Returns the size of the file up to now, without the records of an unfinished block.
  virtual std::uint64_t bytes() const = 0;

  // Completes the file after the last record. `root` is the root of the log up to the last record. Returns
  // the path of the file after the file is on the disk. The name is temporary, so that the caller can verify
  // the file before publish(). Fails with kArchiveNotWritten and the first failure since create().
  virtual Result<std::filesystem::path> finish(const Hash& root) = 0;

  // Gives the file its final name, and returns the path after the name is on the disk. Fails with
  // kArchiveNotWritten.
  virtual Result<std::filesystem::path> publish() = 0;
};

// Reads an archive file. One thread at a time.
class ArchiveFile {
 public:
  // Opens a file, and checks header, index and footer. Fails with kArchiveMissing if the file does not exist,
  // with kCannotOpen if the system cannot open the file, with kCorruptDatabase if the file is damaged, with
  // kNewerFormat.
  static Result<std::unique_ptr<ArchiveFile>> open(const std::filesystem::path& path);

  ArchiveFile() = default;
  ArchiveFile(const ArchiveFile&) = delete;
  ArchiveFile& operator=(const ArchiveFile&) = delete;
  virtual ~ArchiveFile() = default;

  virtual const ArchiveIdentity& identity() const = 0;
  virtual std::size_t blocks() const = 0;
  virtual std::uint64_t bytes() const = 0;

  // Reads the block that holds `position`. The position must be in the file (ENSURE). Fails with
  // kCorruptRecord, which names file and positions, if the block is damaged or cannot be read.
  virtual Result<void> read(Position position, ArchiveBlock& into) = 0;
};

}  // namespace keyledger::ledger
