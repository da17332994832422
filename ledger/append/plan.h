// AppendPlan: numbers, encodes and hashes the records of one append, before anything is written.
//
// Internal to ledger/. Every log uses the same plan, so that all logs number, encode and hash alike. One
// thread at a time. A plan is used for many appends, because the buffers are kept.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ledger/append/prepared_records.h"
#include "ledger/codec/record_codec.h"
#include "ledger/event_log.h"
#include "ledger/merkle.h"

namespace keyledger::ledger {

class AppendPlan {
 public:
  // Begins an append after `end`. Records may have at most `record_bytes_max` bytes.
  void begin(const LogEnd& end, const MerkleFrontier& frontier,
             std::size_t record_bytes_max = kNewRecordBytesMax);

  // Valid until the next call.
  struct Added {
    std::span<const std::uint8_t> bytes;
    std::span<const MerkleNode> completed;  // tree nodes completed by this record, with the leaf
  };

  // Sets the record's index and position, and plans the record. `prepared`, unless null, has the record at
  // `place`. Fails with kRecordTooLarge.
  Result<Added> add(Record& record, PreparedRecords* prepared, std::size_t place);

  // Returns one entry for each idempotency id, because several records of the append may have the same id.
  std::span<const std::pair<std::string, IdempotencyEntry>> idempotent() const { return idempotent_; }

  // Return end and frontier of the log after the append.
  const LogEnd& end() const { return end_; }
  const MerkleFrontier& frontier() const { return frontier_; }

 private:
  void note_idempotent(const Record& record);

  std::size_t record_bytes_max_ = kNewRecordBytesMax;
  RecordEncoder encoder_;
  std::vector<MerkleNode> completed_;
  std::vector<std::pair<std::string, IdempotencyEntry>> idempotent_;
  MerkleFrontier frontier_;
  LogEnd end_;
};

// Returns true if an earlier part of the same long append may have an entry with the same id.
bool goes_on(const PreparedRecords* prepared);

// Returns the entry of the record's idempotency id. The record must have an id.
IdempotencyEntry entry_of(const Record& record);

// Returns the entry of an id after `entry`, if the log has the entry `begun` (or nothing) before.
IdempotencyEntry joined(const std::optional<IdempotencyEntry>& begun, const IdempotencyEntry& entry);

// Returns true if an event of the record is about one of the entities; blocks of uses count only if `uses`
// says so. The entities must be sorted.
bool is_in_history(const Record& record, std::span<const EntityRef> entities, UsesInHistory uses);

}  // namespace keyledger::ledger
