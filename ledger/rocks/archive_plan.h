// How the oldest records of a ledger are moved into files, and what came of it. Values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "ledger/values/position.h"

namespace keyledger::ledger {

// How a ledger is divided into files. Less in tests.
struct ArchiveShape {
  // A file is of so many positions at least: one is not worth less.
  std::uint64_t positions_min = std::uint64_t{1} << 20;
  // It ends once it has so many positions, or bytes.
  std::uint64_t positions_max = std::uint64_t{1} << 22;
  std::uint64_t bytes_max = std::uint64_t{64} << 20;
  std::size_t block_bytes = std::size_t{256} << 10;
  // So many of the last records stay, whatever their age: what opening the log looks at is then in RocksDB.
  std::uint64_t records_kept = 64;
};

// What has been done when a test may end a run as a killed process would end it: asked with each step, true
// ends it there.
enum class ArchiveStep : std::uint8_t { kFileWritten, kFileVerified, kFileNamed, kRowWritten, kRowSynced };
using ArchiveFaults = std::function<bool(ArchiveStep)>;

// What could be moved now, or was.
struct ArchivedAmount {
  std::uint64_t records = 0;
  std::uint64_t events = 0;
  std::uint64_t bytes_before = 0;  // in RocksDB, as it estimates them
  std::uint64_t bytes_after = 0;   // of the file
  Position first;                  // of the events
  Position last;
  std::filesystem::path file;

  friend bool operator==(const ArchivedAmount&, const ArchivedAmount&) = default;
};

}  // namespace keyledger::ledger
