// HeadRecord: a small file outside the database that remembers a length that the log has reached, and the
// log's root at that length.
//
// Two slots, each in a page of its own, written in turn; a slot carries a sequence number and a SHA-256
// checksum, so that a write that is torn loses one slot and never both. Internal to ledger/disk/.
// Not thread-safe; one owner writes, others may read the file meanwhile. Written to the operating system at
// once, put on the disk at least every kWritesPerSync writes and by the destructor.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "ledger/event_log.h"
#include "ledger/host/file_descriptor.h"
#include "ledger/values/error.h"

namespace keyledger::ledger {

class HeadRecord {
 public:
  static constexpr std::uint64_t kWritesPerSync = 256;

  // Creates a file for an empty log, synced to the disk; replaces an existing file. Fails with kCannotCreate.
  static Result<std::unique_ptr<HeadRecord>> create(const std::filesystem::path& path);

  // Opens an existing file for writing. Fails with kCannotOpen, with kNewerFormat, or with kCorruptDatabase
  // if the file is missing (every ledger has the file) or neither slot is whole.
  static Result<std::unique_ptr<HeadRecord>> open(const std::filesystem::path& path);

  HeadRecord(const HeadRecord&) = delete;
  HeadRecord& operator=(const HeadRecord&) = delete;
  ~HeadRecord();

  const LogHead& head() const { return head_; }

  // Writes a head, which must be on the disk already. Fails with kWriteFailed.
  Result<void> write(const LogHead& head);

 private:
  HeadRecord(FileDescriptor file, std::uint64_t sequence, const LogHead& head)
      : file_(std::move(file)), sequence_(sequence), head_(head) {}

  FileDescriptor file_;
  std::uint64_t sequence_;  // of the newest slot
  LogHead head_;            // in the newest slot
};

// Returns the head in the file. Fails like HeadRecord::open().
Result<LogHead> read_head_record(const std::filesystem::path& path);

}  // namespace keyledger::ledger
