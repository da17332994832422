// Makes directories, and puts their names on the disk before anything depends on the directories. Any thread.
#pragma once

#include <sys/types.h>

#include <filesystem>

#include "ledger/values/error.h"

namespace keyledger::ledger {

// Makes the directory, unless the directory exists. Returns after the name of the directory is on the disk,
// so that a power cut does not take files that were written into the directory. The umask applies to `mode`.
// Fails with kCannotCreate.
Result<void> make_directory(const std::filesystem::path& path, mode_t mode);

// Makes the directory and all missing directories above, like make_directory().
Result<void> make_directories(const std::filesystem::path& path, mode_t mode);

// Puts the names of the directory and of all directories above on the disk, as far as the system allows. An
// earlier process may have made the directories, and may have ended before the names were on the disk.
void sync_ancestors(const std::filesystem::path& path);

}  // namespace keyledger::ledger
