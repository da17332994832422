// The file of an intent: the records of a long append, on the disk before the first of them is appended.
// Internal to ledger/rocks/. Any thread; one intent at a time.
//
// Numbers are big-endian, 8 bytes:
//   "KLINTENT"
//   how many records the log had, and the position behind them
//   how many records follow; for each, how many bytes it has, and those, as stored but for index, position
//   and time, which its append gives it (ledger/codec/record_codec.h)
//
//   SHA-256 of all before
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "ledger/append/prepared_records.h"
#include "ledger/event_log.h"

namespace keyledger::ledger {

struct IntendedRecords {
  LogEnd before;  // the log's when they were intended, without its time
  std::vector<Record> records;
};

// When it returns, the file is whole and on the disk; if it fails or the machine stops, it is that or is not
// there. kCannotCreate.
Result<void> write_intent(const std::filesystem::path& path, const LogEnd& before,
                          std::span<const PreparedRecords> parts);

// Nothing if there is no such file. kCorruptDatabase, kCannotOpen.
Result<std::optional<IntendedRecords>> read_intent(const std::filesystem::path& path);

// All of them are appended, and on the disk. That the file stays, if it cannot be removed, does no harm.
void remove_intent(const std::filesystem::path& path);

// True if `record` of a log is the one that was intended.
bool is_as_intended(Record record, const Record& intended);

}  // namespace keyledger::ledger
