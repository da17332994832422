// Opens a regular file, and nothing else. Any thread.
//
// Opening a pipe waits for the other side, and opening a device can have effects of its own. A path that a
// person filled with another thing must neither stop a program nor be written to.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "ledger/host/file_descriptor.h"
#include "ledger/values/error.h"

namespace keyledger::ledger {

struct OpenFailure {
  bool is_missing = false;  // true if there is nothing at the path
  std::string detail;       // "PATH: REASON"

  friend bool operator==(const OpenFailure&, const OpenFailure&) = default;
};

// Opens the regular file at `path`, or at the end of a link, with the flags of open(2) and O_CLOEXEC. Never
// waits. `mode` is the mode of a file that O_CREAT makes. Fails with the system's reason, or with "not a
// regular file".
Result<FileDescriptor, OpenFailure> open_regular_file(const std::filesystem::path& path, int flags,
                                                      mode_t mode = 0);

}  // namespace keyledger::ledger
