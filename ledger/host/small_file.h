// Files that are replaced whole, and small ones of text that are read whole. Internal to ledger/. Any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ledger/values/error.h"

namespace keyledger::ledger {

// "PATH: what the system said about `error_number`".
std::string system_detail(const std::filesystem::path& path, int error_number);

// Nothing if there is no such file; kCannotOpen. Of a file that is larger than such files are, the beginning.
Result<std::optional<std::string>> read_small_file(const std::filesystem::path& path);

// When it returns, the file holds `contents` and they are on the disk; if it fails or the machine stops, the
// file is as it was or holds them. kCannotCreate.
Result<void> replace_file(const std::filesystem::path& path, std::span<const std::uint8_t> contents);
// The same, of as much as read_small_file() reads.
Result<void> replace_small_file(const std::filesystem::path& path, std::string_view text);

// Puts the names in a directory on the disk.
Result<void> sync_directory(const std::filesystem::path& directory);

}  // namespace keyledger::ledger
