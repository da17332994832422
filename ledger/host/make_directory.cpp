#include "ledger/host/make_directory.h"

#include <sys/stat.h>

#include <cerrno>
#include <string>

#include "ledger/host/file_io.h"

namespace keyledger::ledger {
namespace {

namespace fs = std::filesystem;

// Returns the path without slashes at the end.
fs::path without_last_slash(const fs::path& path) {
  return path.has_filename() || !path.has_parent_path() ? path : path.parent_path();
}

}  // namespace

Result<void> make_directory(const fs::path& path, mode_t mode) {
  const fs::path named = without_last_slash(path);
  if (::mkdir(named.c_str(), mode) != 0 && errno != EEXIST)
    return Error{ErrorCode::kCannotCreate, system_detail(named, errno)};
  // The parent is synced in any case, because an earlier process may have made the directory and ended.
  return sync_directory(named.parent_path());
}

Result<void> make_directories(const fs::path& path, mode_t mode) {
  const fs::path named = without_last_slash(path);
  struct stat status {};
  if (::stat(named.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return {};
  if (const fs::path parent = named.parent_path(); !parent.empty()) {
    if (auto made = make_directories(parent, mode); !made) return made;
  }
  return make_directory(named, mode);
}

void sync_ancestors(const fs::path& path) {
  struct stat here {};
  struct stat above {};
  fs::path name = without_last_slash(path);
  while (::stat(name.c_str(), &here) == 0) {
    name /= "..";
    const bool is_root =
        ::stat(name.c_str(), &above) != 0 || (here.st_dev == above.st_dev && here.st_ino == above.st_ino);
    if (is_root) return;
    // A directory that this user cannot open was not made by this program.
    static_cast<void>(sync_directory(name));
  }
}

}  // namespace keyledger::ledger
