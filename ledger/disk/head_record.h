// HeadRecord: a small file outside the database that remembers a length that the log has reached, and the
// log's root at that length.
//
// Two slots, each in a page of its own, written in turn; a slot carries a sequence number and a SHA-256
// checksum, so that a write that is torn loses one slot and never both. The ledger's id follows the slot,
// with a checksum of its own; versions before wrote no id. Internal to ledger/disk/. Not thread-safe; one
// owner writes, others may read the file meanwhile. Written to the operating system at once, put on the disk
// at least every kWritesPerSync writes and by the destructor.
#pragma once

#include <boost/uuid/uuid.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "ledger/event_log.h"
#include "ledger/host/file_descriptor.h"
#include "ledger/values/error.h"

namespace keyledger::ledger {

struct RememberedHead {
  LogHead head;
  std::optional<boost::uuids::uuid> ledger_id;  // nothing in a file of an older version

  friend bool operator==(const RememberedHead&, const RememberedHead&) = default;
};

class HeadRecord {
 public:
  static constexpr std::uint64_t kWritesPerSync = 256;

  // Creates a file for an empty log, synced to the disk; replaces an existing file. Fails with kCannotCreate.
  static Result<std::unique_ptr<HeadRecord>> create(const std::filesystem::path& path,
                                                    const boost::uuids::uuid& ledger_id);

  // Opens an existing file for writing. Fails with kCannotOpen, with kNewerFormat, or with kCorruptDatabase
  // if the file is missing (every ledger has the file) or neither slot is whole.
  static Result<std::unique_ptr<HeadRecord>> open(const std::filesystem::path& path);

  HeadRecord(const HeadRecord&) = delete;
  HeadRecord& operator=(const HeadRecord&) = delete;
  ~HeadRecord();

  const LogHead& head() const { return remembered_.head; }
  const RememberedHead& remembered() const { return remembered_; }

  // Writes the ledger's id, synced to the disk, unless the file has an id. Fails with kWriteFailed.
  Result<void> bind(const boost::uuids::uuid& ledger_id);

  // Writes a head, which must be on the disk already. The file must have an id (ENSURE). Fails with
  // kWriteFailed.
  Result<void> write(const LogHead& head);

  // Puts the last head on the disk. Fails with kWriteFailed.
  Result<void> sync();

 private:
  HeadRecord(FileDescriptor file, std::uint64_t sequence, const RememberedHead& remembered)
      : file_(std::move(file)), sequence_(sequence), remembered_(remembered) {}

  FileDescriptor file_;
  std::uint64_t sequence_;     // of the newest slot
  RememberedHead remembered_;  // in the newest slot
};

// Returns the head in the file. Fails like HeadRecord::open().
Result<RememberedHead> read_head_record(const std::filesystem::path& path);

}  // namespace keyledger::ledger
