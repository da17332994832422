// UnsyncedDirectories: a file system with power cuts. A power cut takes each directory with an unsynced name.
//
// The test program replaces mkdir(2) and fsync(2) by functions that also take notes. The name of a new
// directory is unsynced until the parent directory is synced. While no object exists, the functions take no
// notes. One object at a time; any thread may make and sync directories.
#pragma once

#include <filesystem>
#include <vector>

namespace keyledger::tests {

class UnsyncedDirectories {
 public:
  UnsyncedDirectories();
  UnsyncedDirectories(const UnsyncedDirectories&) = delete;
  UnsyncedDirectories& operator=(const UnsyncedDirectories&) = delete;
  ~UnsyncedDirectories();

  // Returns the directories with unsynced names.
  std::vector<std::filesystem::path> paths() const;

  // Removes the directories with everything inside.
  void cut_power();
};

}  // namespace keyledger::tests
