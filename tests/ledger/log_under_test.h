// The implementations of IndexedLog on which every promise is tested.
#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "ledger/append/memory_log.h"
#include "tests/support/temp_directory.h"

#ifndef KEYLEDGER_MEMORY_LOG_ONLY
#include "ledger/rocks/log.h"
#endif

namespace keyledger::ledger {

struct MemoryLogUnderTest {
  std::unique_ptr<IndexedLog> owned = make_memory_log();
  IndexedLog& log = *owned;
};

#ifdef KEYLEDGER_MEMORY_LOG_ONLY

#define KEYLEDGER_LOGS_UNDER_TEST MemoryLogUnderTest

#else

// Opens a log on disk; a failure fails the test.
inline std::unique_ptr<ArchivableLog> open_log(const std::filesystem::path& path, RocksMode mode,
                                               RocksSettings settings = {}) {
  auto log = open_rocks_log(path, mode, std::move(settings));
  if (!log) FAIL(log.error().message());
  return std::move(*log);
}

struct RocksLogUnderTest {
  tests::TempDirectory directory;
  std::unique_ptr<IndexedLog> owned =
      std::move(open_rocks_log(directory / "log", RocksMode::kCreate).value());
  IndexedLog& log = *owned;
};

// Segments of 64 positions give small logs many segments, both indexed and not yet indexed, during a test.
struct SegmentedRocksLogUnderTest {
  tests::TempDirectory directory;
  std::unique_ptr<IndexedLog> owned = std::move(
      open_rocks_log(directory / "log", RocksMode::kCreate, {.faults = {}, .segment_bits = 6}).value());
  IndexedLog& log = *owned;
};

#define KEYLEDGER_LOGS_UNDER_TEST MemoryLogUnderTest, RocksLogUnderTest, SegmentedRocksLogUnderTest

#endif

// Returns all remaining records of a cursor; a failure to read fails the test.
inline std::vector<Record> read_all(Result<std::unique_ptr<RecordCursor>> cursor) {
  std::vector<Record> records;
  if (!cursor) FAIL(cursor.error().message());
  for (;;) {
    auto record = (*cursor)->next();
    if (!record) FAIL(record.error().message());
    if (!record->has_value()) return records;
    records.push_back(std::move(**record));
  }
}

inline std::vector<std::uint64_t> positions_in(const std::vector<Record>& records) {
  std::vector<std::uint64_t> positions;
  for (const Record& record : records) positions.push_back(record.position.value());
  return positions;
}

// Appends one record; a failure fails the test.
inline void append_to(Log& log, Record record) {
  const auto end = log.append(log.end().position, std::span(&record, 1));
  if (!end) FAIL(end.error().why.message());
}

// Appends one record and returns the new head; a failure fails the test.
inline LogHead append_one(IndexedLog& log, Record record) {
  append_to(log, std::move(record));
  return log.head();
}

}  // namespace keyledger::ledger
