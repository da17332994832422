#include "ledger/disk/presence.h"

#include <sys/stat.h>

#include <utility>

namespace keyledger::ledger {

DirectoryPresence::DirectoryPresence(std::filesystem::path path) : path_(std::move(path)) {
  struct stat status {};
  if (::stat((path_ / "LEDGER").c_str(), &status) != 0) return;
  device_ = status.st_dev;
  inode_ = status.st_ino;
}

Result<void> DirectoryPresence::check() const {
  struct stat marker {};
  struct stat database {};
  const bool is_here = ::stat((path_ / "LEDGER").c_str(), &marker) == 0 && marker.st_dev == device_ &&
                       marker.st_ino == inode_ && ::stat((path_ / "log" / "CURRENT").c_str(), &database) == 0;
  if (is_here) return {};
  return Error{ErrorCode::kWriteFailed,
               path_.string() + ": the directory was removed or replaced while this process used it"};
}

}  // namespace keyledger::ledger
