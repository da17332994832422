// AppendPlan: what one append adds to a log, worked out record by record before anything is written. Shared
// by the logs, so that both number, encode and hash alike. Internal to ledger/. One thread at a time; kept
// from append to append, so that its buffers are.
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
  // Begins an append after `end`, of records that have at most `record_bytes_max` bytes.
  void begin(const LogEnd& end, const MerkleFrontier& frontier,
             std::size_t record_bytes_max = kNewRecordBytesMax);

  // Valid until the next call.
  struct Added {
    std::span<const std::uint8_t> bytes;
    std::span<const MerkleNode> completed;  // by this record, itself included
  };

  // Gives the record its index and position. `prepared`, if there is one, has it at `place`. kRecordTooLarge.
  Result<Added> add(Record& record, PreparedRecords* prepared, std::size_t place);

  // One entry for each id, over all the records of the append that carry it: a big import is several.
  std::span<const std::pair<std::string, IdempotencyEntry>> idempotent() const { return idempotent_; }

  // Afterwards.
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

// True if an id may have been begun with an earlier part of what was intended.
bool goes_on(const PreparedRecords* prepared);

// What a log keeps of the record's idempotency id, which is not empty.
IdempotencyEntry entry_of(const Record& record);

// What the log keeps of an id that was `begun` so, or was not.
IdempotencyEntry joined(const std::optional<IdempotencyEntry>& begun, const IdempotencyEntry& entry);

// True if the record concerns one of the entities, which are sorted; without uses, by an event that is not a
// block of uses.
bool is_in_history(const Record& record, std::span<const EntityRef> entities, UsesInHistory uses);

}  // namespace keyledger::ledger
