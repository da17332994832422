// A ledger on disk is a directory:
//
//   LEDGER   text: the format's version and the ledger's id, with a checksum; makes the directory a ledger
//   lock     locked (flock) by the only process that may write; contains the process id as text
//   head     the head record: a length that the log has reached, and the log's root at that length
//   log/     the records, in RocksDB
//   archive/ the oldest records, in files that never change (ledger/rocks/archive_file.h); missing until
//            needed; may be a symbolic link or a mount
//   closing  text: the digest of the state that the last writer left, with its position and a checksum
//   snapshots/  the folded state at some positions (ledger/disk/snapshot_file.h)
//
// RocksDB's recovery can silently drop acknowledged records when its write-ahead log is damaged. The head
// record is kept outside RocksDB, so that a shortened log is refused instead of opened as if complete.
#pragma once

#include <boost/uuid/uuid.hpp>
#include <filesystem>
#include <memory>
#include <stop_token>

#include "ledger/disk/closing_digest.h"
#include "ledger/event_log.h"
#include "ledger/index_check.h"
#include "ledger/rocks/archive_plan.h"
#include "ledger/rocks/repair_plan.h"
#include "ledger/values/error.h"

namespace keyledger::ledger {

// Owns the lock, the head record and the log. Any thread may call log(), index(), id() and path(); the log
// has rules of its own. Only the writer's thread may call note_durable_head(), and only the thread that
// opened the ledger may call the rest, unless a function says otherwise.
class LedgerDirectory {
 public:
  LedgerDirectory() = default;
  LedgerDirectory(const LedgerDirectory&) = delete;
  LedgerDirectory& operator=(const LedgerDirectory&) = delete;
  virtual ~LedgerDirectory() = default;

  virtual Log& log() = 0;
  virtual LogIndex& index() = 0;
  virtual const boost::uuids::uuid& id() const = 0;
  virtual const std::filesystem::path& path() const = 0;

  // Notes a head that has been synced. Cheap enough after every sync, because the head is only written to the
  // operating system at once; the destructor syncs at the latest. Does nothing if the directory was opened to
  // read. Fails with kWriteFailed if the head record cannot be written, or if the directory was removed or
  // replaced meanwhile: the caller must then acknowledge nothing.
  virtual Result<void> note_durable_head(const LogHead& head) = 0;

  // The digest of the live state that the last writer left on closing. Used by `replay --check`.
  using ClosingDigest = ledger::ClosingDigest;
  // Returns the closing digest, or nothing if the last writer left none. Fails with kClosingDamaged, or with
  // kForeignPart if another ledger's writer left it.
  virtual Result<std::optional<ClosingDigest>> closing_digest() const = 0;
  // Writes the closing digest to the disk, synced, after the head record. Fails with kCannotCreate, or with
  // kWriteFailed if the head record cannot be synced or the directory was opened to read.
  virtual Result<void> leave_closing_digest(const ClosingDigest& closing) = 0;

  // Returns how much of the log is older than `before` and may move to the archive; nothing if too little for
  // a file. Fails with errors of reading.
  virtual Result<std::optional<ArchivedAmount>> archivable(Timestamp before) const = 0;

  // Moves the oldest archivable records into one archive file, while the log is read and appended to. Returns
  // nothing if there was too little, or if `stop` became true. Any thread may call, but one at a time. Fails
  // with errors of reading; with kArchiveNotWritten or kRootDiffers, nothing changed; after kWriteFailed the
  // log takes no more writes.
  virtual Result<std::optional<ArchivedAmount>> archive_oldest(Timestamp before,
                                                               const std::stop_token& stop) = 0;

  // Returns a check of the indexes against the records up to the present end of the log.
  virtual std::unique_ptr<IndexCheck> begin_index_check() const = 0;

  // Returns true if the head record and the database name this ledger. Those of an older version do not,
  // until the ledger is opened for writing.
  virtual bool names_itself() const = 0;
};

// Opens the ledger for its only writer. An absent or empty directory becomes a new ledger with id `new_id`.
// Fails with kCannotCreate, kCannotOpen (permissions), kNotALedger (a file, or a directory with other things
// in it), kInUse (with the process id), kNewerFormat, kForeignPart, kIndexDiffers (after an interrupted
// repair), kCorruptDatabase or kShortened. The first opening for writing adds the ledger's id to the parts
// that an older version left without id (docs/decisions/0030-what-binds-a-directory-together.md).
Result<std::unique_ptr<LedgerDirectory>> open_ledger(const std::filesystem::path& path,
                                                     const boost::uuids::uuid& new_id);

// Opens the ledger to read its present contents, with or without a writer beside. Never creates or changes
// anything; append and sync fail.
Result<std::unique_ptr<LedgerDirectory>> open_ledger_to_read(const std::filesystem::path& path);

// Makes the indexes and the tree of a ledger anew from its records, safely against a crash at any moment: a
// repair that was cut off is begun again by the next call, and until then the ledger is refused. No record is
// changed. Fails with kInUse, kShortened or kCorruptRecord before anything is changed, like
// open_ledger_to_read(), and with kWriteFailed.
Result<RepairedIndexes> repair_indexes(const std::filesystem::path& path, const RepairProgress& progress);

// Returns the bytes that the log takes on its disk, as far as visible. Does not count the archive, because
// the archive may be on another disk.
std::uint64_t bytes_of_log(const std::filesystem::path& ledger);

// Returns the path of the ledger's default socket, DIR/keyledger.sock.
std::filesystem::path default_socket_of(const std::filesystem::path& ledger);

}  // namespace keyledger::ledger
