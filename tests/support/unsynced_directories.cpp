#include "tests/support/unsynced_directories.h"

#include <dlfcn.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <system_error>

#include "ledger/values/ensure.h"

namespace keyledger::tests {
namespace {

namespace fs = std::filesystem;

struct Made {
  dev_t device;  // of the parent directory
  ino_t inode;   // of the parent directory
  fs::path path;
};

std::mutex mutex;  // guards the two below
bool is_noting = false;
std::vector<Made> unsynced;

// Returns the next function of this name, the one of the C library.
template <typename Function>
Function* next_function(const char* name) {
  auto* function = reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
  ENSURE(function != nullptr, "the C library has the function");
  return function;
}

void note_made(const char* name) {
  const std::lock_guard lock(mutex);
  if (!is_noting) return;
  const fs::path path = fs::absolute(name).lexically_normal();
  struct stat parent {};
  if (::stat(path.parent_path().c_str(), &parent) == 0)
    unsynced.push_back({parent.st_dev, parent.st_ino, path});
}

void note_synced(int file) {
  const std::lock_guard lock(mutex);
  struct stat synced {};
  if (!is_noting || ::fstat(file, &synced) != 0) return;
  std::erase_if(unsynced, [&](const Made& made) {
    return made.device == synced.st_dev && made.inode == synced.st_ino;
  });
}

}  // namespace

UnsyncedDirectories::UnsyncedDirectories() {
  const std::lock_guard lock(mutex);
  ENSURE(!is_noting, "one object at a time");
  is_noting = true;
  unsynced.clear();
}

UnsyncedDirectories::~UnsyncedDirectories() {
  const std::lock_guard lock(mutex);
  is_noting = false;
}

std::vector<fs::path> UnsyncedDirectories::paths() const {
  const std::lock_guard lock(mutex);
  std::vector<fs::path> paths;
  for (const Made& made : unsynced) paths.push_back(made.path);
  return paths;
}

void UnsyncedDirectories::cut_power() {
  for (const fs::path& path : paths()) {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
}

}  // namespace keyledger::tests

// Visible, so that the standard library calls these functions as well.
extern "C" __attribute__((visibility("default"))) int mkdir(const char* path, mode_t mode) noexcept {
  static auto* const next = keyledger::tests::next_function<int(const char*, mode_t)>("mkdir");
  const int result = next(path, mode);
  if (result != 0) return result;
  keyledger::tests::note_made(path);
  errno = 0;
  return result;
}

extern "C" __attribute__((visibility("default"))) int fsync(int file) {
  static auto* const next = keyledger::tests::next_function<int(int)>("fsync");
  const int result = next(file);
  if (result == 0) keyledger::tests::note_synced(file);
  return result;
}
