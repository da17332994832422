// A ledger on disk: one directory.
//
//   LEDGER   text: the format's version and the ledger's id, with a checksum; what makes a directory a ledger
//   lock     held (flock) by the one process that may write, with its process id as text
//   head     the head record: how long the log was at least, and its root then
//   log/     the records, in RocksDB
//   archive/ the oldest records, in files that never change (ledger/rocks/archive_file.h), once there are
//   any; may
//            be a symbolic link or a mount
//   closing  text: the digest of the state that the last writer left, with its position and a checksum
//   snapshots/  the folded state at some positions (ledger/disk/snapshot_file.h)
//
// RocksDB's recovery can drop acknowledged records silently when its write-ahead log is damaged. The head
// record stands outside of it, so that a shortened log is refused instead of opened as if whole.
#pragma once

#include <atomic>
#include <boost/uuid/uuid.hpp>
#include <filesystem>
#include <memory>

#include "ledger/event_log.h"
#include "ledger/rocks/archive_plan.h"
#include "ledger/values/error.h"

namespace keyledger::ledger {

// Owns the lock, the head record and the log. log(), index(), id() and path() may be called from any thread,
// and the log has its own rules; note_durable_head() belongs to the writer's thread, everything else to the
// thread that opened it.
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

  // Remembers a head that has been synced. Cheap enough after every sync: written to the operating system at
  // once, synced at the latest by the destructor. A no-op on a directory opened to read.
  virtual Result<void> note_durable_head(const LogHead& head) = 0;

  // The digest of the live state that the writer left when it closed, if it did. Used by `replay --check`.
  struct ClosingDigest {
    Position position;
    Hash digest{};
    // Which definition of the digest it is of: states of different definitions cannot be compared.
    std::uint64_t definition = 1;

    friend bool operator==(const ClosingDigest&, const ClosingDigest&) = default;
  };
  virtual Result<std::optional<ClosingDigest>> closing_digest() const = 0;
  virtual Result<void> leave_closing_digest(const ClosingDigest& closing) = 0;

  // How much of the log is older than `before` and may be moved to the archive; nothing if that is not worth
  // a file. Errors of reading.
  virtual Result<std::optional<ArchivedAmount>> archivable(Timestamp before) const = 0;

  // Moves the oldest of that, one file of it, while the log is read and appended to. Nothing if there was not
  // enough, or if it was told to stop. Any one thread at a time. Errors of reading; kArchiveNotWritten and
  // kRootDiffers, with nothing changed; kWriteFailed, after which the log takes no more writes.
  virtual Result<std::optional<ArchivedAmount>> archive_oldest(Timestamp before,
                                                               const std::atomic<bool>& stop) = 0;
};

// Opens the ledger for its one writer; an absent or empty directory becomes a new ledger with id `new_id`.
// kCannotCreate, kCannotOpen (permissions), kNotALedger (a file; a directory with other things in it), kInUse
// (with the process id), kNewerFormat, kCorruptDatabase, kShortened.
Result<std::unique_ptr<LedgerDirectory>> open_ledger(const std::filesystem::path& path,
                                                     const boost::uuids::uuid& new_id);

// Opens it to read what is there now, beside a writer or without one. Never creates or changes anything;
// append and sync fail.
Result<std::unique_ptr<LedgerDirectory>> open_ledger_to_read(const std::filesystem::path& path);

// What the log takes on its disk, in bytes, as far as that can be seen. Without the archive, which may be on
// another.
std::uint64_t bytes_of_log(const std::filesystem::path& ledger);

// A file system path of a ledger's default socket: DIR/keyledger.sock.
std::filesystem::path default_socket_of(const std::filesystem::path& ledger);

}  // namespace keyledger::ledger
