// Reads and writes a whole stretch of a file, even if the system does only part of the work or is interrupted
// (pread(2), pwrite(2)). Internal to ledger/. Any thread.
#pragma once

#include <cstdint>
#include <span>

namespace keyledger::ledger {

// Writes all bytes. If the write fails, returns false, and errno has the reason; an unknown part may be
// written.
bool write_at(int file, std::span<const std::uint8_t> bytes, std::uint64_t offset);

// Fills `into`. Returns false if the file has fewer bytes there (errno is 0) or cannot be read (errno has the
// reason).
bool read_at(int file, std::span<std::uint8_t> into, std::uint64_t offset);

}  // namespace keyledger::ledger
