// Reads and writes a whole stretch of a file, even if the system does only parts at a time or is interrupted
// (pread(2), pwrite(2)). Internal to ledger/. Any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "ledger/values/error.h"

namespace keyledger::ledger {

// Returns false, with the reason in errno, if not all bytes could be written. Some may be written then.
bool write_at(int file, std::span<const std::uint8_t> bytes, std::uint64_t offset);

// Returns false if the file ends before (errno is 0), or if reading fails (errno has the reason).
bool read_at(int file, std::span<std::uint8_t> into, std::uint64_t offset);

// Returns "PATH: REASON" with the system's text for `error_number`.
std::string system_detail(const std::filesystem::path& path, int error_number);

// Puts the names in a directory on the disk. kCannotCreate.
Result<void> sync_directory(const std::filesystem::path& directory);

}  // namespace keyledger::ledger
