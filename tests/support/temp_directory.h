// TempDirectory: a new directory for one test. The destructor removes the directory with all contents.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "ledger/values/ensure.h"

namespace keyledger::tests {

class TempDirectory {
 public:
  TempDirectory() {
    // mkdtemp(3) replaces the six characters.
    std::string name =
        (std::filesystem::temp_directory_path() / "keyledger-test-").string() + std::string(6, 'X');
    ENSURE(::mkdtemp(name.data()) != nullptr, "a test can make a temporary directory");
    path_ = name;
  }
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  ~TempDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }

  friend std::filesystem::path operator/(const TempDirectory& directory, const std::string& name) {
    return directory.path_ / name;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace keyledger::tests
