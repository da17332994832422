// The outcome of a repair of the indexes, and its steps. Values.
#pragma once

#include <cstdint>
#include <functional>

namespace keyledger::ledger {

// The rows that a repair has written.
struct RepairedIndexes {
  std::uint64_t records = 0;
  std::uint64_t entity_rows = 0;
  std::uint64_t idempotency_rows = 0;  // without entries of an old version, which follow from no record
  std::uint64_t nodes = 0;
  std::uint64_t segments = 0;  // of the index of uses

  friend bool operator==(const RepairedIndexes&, const RepairedIndexes&) = default;
};

// The steps of a repair. In tests, RepairFaults is called after each step. If the function returns true, the
// repair ends at the step, as if the process had been killed.
enum class RepairStep : std::uint8_t { kNoted, kDropped, kEntriesRemoved, kRowsWritten, kFlushed };
using RepairFaults = std::function<bool(RepairStep)>;

// Called from time to time with the number of events that are read, and the number to be read in all. Each
// event of the log is read three times. May be empty.
using RepairProgress = std::function<void(std::uint64_t read, std::uint64_t all)>;

}  // namespace keyledger::ledger
