// Replaces whole files, and reads small files of text whole. Internal to ledger/. Any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ledger/values/error.h"

namespace keyledger::ledger {

// Returns the text, or nothing if there is no such file; only the beginning of a file that is larger than
// small files are. Fails with kCannotOpen, also if the path is not that of a regular file.
Result<std::optional<std::string>> read_small_file(const std::filesystem::path& path);

// After success, the file holds `contents`, and the disk has them. After a failure or a power cut, the file
// holds either the old or the new contents. kCannotCreate.
Result<void> replace_file(const std::filesystem::path& path, std::span<const std::uint8_t> contents);
// Replaces a file by a text that read_small_file() can read whole (ENSURE).
Result<void> replace_small_file(const std::filesystem::path& path, std::string_view text);

}  // namespace keyledger::ledger
