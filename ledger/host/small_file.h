// Replaces whole files, and reads small text files whole. Internal to ledger/. Any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ledger/values/error.h"

namespace keyledger::ledger {

// Returns "PATH: MESSAGE" with the system's message for `error_number`.
std::string system_detail(const std::filesystem::path& path, int error_number);

// Reads a small file; if the file is too large, reads only the beginning. Returns nothing if the file does
// not exist; kCannotOpen if the file cannot be read.
Result<std::optional<std::string>> read_small_file(const std::filesystem::path& path);

// Replaces the file's contents. After success, `contents` are on the disk. After a failure (kCannotCreate),
// or if the machine stops meanwhile, the file has either the old or the new contents.
Result<void> replace_file(const std::filesystem::path& path, std::span<const std::uint8_t> contents);
// Replaces the file with a text, which must not be larger than read_small_file() can read.
Result<void> replace_small_file(const std::filesystem::path& path, std::string_view text);

// Syncs the names in a directory to the disk.
Result<void> sync_directory(const std::filesystem::path& directory);

}  // namespace keyledger::ledger
