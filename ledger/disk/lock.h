// DirectoryLock: makes one process the owner of a ledger, until it ends in whatever way.
// Internal to ledger/disk/.
//
// Locks the file `lock` with flock(2) and writes the owner's process id into the file as text. The lock
// belongs to the open file, so a second opening in the same process is refused too.
#pragma once

#include <filesystem>

#include "ledger/host/file_descriptor.h"
#include "ledger/values/error.h"

namespace keyledger::ledger {

class DirectoryLock {
 public:
  // Takes the lock. Fails with kInUse and the owner's process id, or with kCannotOpen.
  static Result<DirectoryLock> take(const std::filesystem::path& file);

 private:
  explicit DirectoryLock(FileDescriptor file) : file_(std::move(file)) {}

  FileDescriptor file_;
};

}  // namespace keyledger::ledger
