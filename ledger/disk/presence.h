// DirectoryPresence: notices that a ledger's directory was removed or replaced while a process writes to the
// ledger. Internal to ledger/disk/. Any thread.
//
// A process keeps its files open, so that writes and syncs succeed after the files are removed. A command
// that is acknowledged then would be lost.
#pragma once

#include <sys/types.h>

#include <filesystem>

#include "ledger/values/error.h"

namespace keyledger::ledger {

class DirectoryPresence {
 public:
  // Remembers the present LEDGER file of the directory.
  explicit DirectoryPresence(std::filesystem::path path);

  // Fails with kWriteFailed if the path no longer leads to the remembered file, or to a database. Costs two
  // calls of the system.
  Result<void> check() const;

 private:
  std::filesystem::path path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace keyledger::ledger
