// Reading and writing all of a stretch of a file, however often the system does a part of it or is
// interrupted (pread(2), pwrite(2)). Internal to ledger/. Any thread.
#pragma once

#include <cstdint>
#include <span>

namespace keyledger::ledger {

// False, and errno says why, if it cannot all be written; how much was, is not told.
bool write_at(int file, std::span<const std::uint8_t> bytes, std::uint64_t offset);

// False if the file has fewer bytes there, and then errno is 0, or if they cannot be read, and it says why.
bool read_at(int file, std::span<std::uint8_t> into, std::uint64_t offset);

}  // namespace keyledger::ledger
