// Sizes for moving the oldest records of a ledger into files, and the result of a move. Values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "ledger/values/position.h"

namespace keyledger::ledger {

// Sizes of archive files. Tests use smaller sizes.
struct ArchiveShape {
  // With fewer positions to move, nothing is moved, because a smaller file is not worth the work.
  std::uint64_t positions_min = std::uint64_t{1} << 20;
  // A file ends once the file has as many positions or as many bytes.
  std::uint64_t positions_max = std::uint64_t{1} << 22;
  std::uint64_t bytes_max = std::uint64_t{64} << 20;
  std::size_t block_bytes = std::size_t{256} << 10;
  // As many of the last records stay in RocksDB at any age, because opening a log reads the last records from
  // RocksDB.
  std::uint64_t records_kept = 64;
};

// The steps of a move. In tests, ArchiveFaults is called after each step. If the function returns true, the
// move ends at the step, as if the process had been killed.
enum class ArchiveStep : std::uint8_t { kFileWritten, kFileVerified, kFileNamed, kRowWritten, kRowSynced };
using ArchiveFaults = std::function<bool(ArchiveStep)>;

// The amount that a move could move now, or has moved.
struct ArchivedAmount {
  std::uint64_t records = 0;
  std::uint64_t events = 0;
  std::uint64_t bytes_before = 0;  // in RocksDB, by RocksDB's estimate
  std::uint64_t bytes_after = 0;   // of the file
  Position first;                  // of the first event
  Position last;                   // of the last event
  std::filesystem::path file;

  friend bool operator==(const ArchivedAmount&, const ArchivedAmount&) = default;
};

}  // namespace keyledger::ledger
