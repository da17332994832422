#include "ledger/append/plan.h"

#include <algorithm>

namespace keyledger::ledger {

void AppendPlan::begin(const LogEnd& end, const MerkleFrontier& frontier, std::size_t record_bytes_max) {
  record_bytes_max_ = record_bytes_max;
  end_ = end;
  frontier_ = frontier;
  idempotent_.clear();
}

Result<AppendPlan::Added> AppendPlan::add(Record& record, PreparedRecords* prepared, std::size_t place) {
  ENSURE(end_.records == 0 || end_.time <= record.time, "the times of records do not decrease");
  record.index = end_.records;
  record.position = end_.position.next();
  const auto bytes = prepared == nullptr ? encoder_.encode(record) : prepared->bytes(place, record);
  if (bytes.size() > record_bytes_max_) return record_too_large(bytes.size());
  completed_.clear();
  frontier_.append(leaf_hash(bytes), completed_);
  if (!record.idempotency_id.empty()) note_idempotent(record);
  end_ = {.position = last_position_of(record), .records = frontier_.size(), .time = record.time};
  return Added{.bytes = bytes, .completed = completed_};
}

void AppendPlan::note_idempotent(const Record& record) {
  // A command's records are adjacent.
  if (!idempotent_.empty() && idempotent_.back().first == record.idempotency_id) {
    idempotent_.back().second.last = last_position_of(record);
    return;
  }
  idempotent_.emplace_back(record.idempotency_id, entry_of(record));
}

IdempotencyEntry entry_of(const Record& record) {
  const bool had_effect = !std::holds_alternative<CommandHadNoEffect>(record.events.front());
  return {.first = had_effect ? record.position : kBeforeFirst,
          .last = last_position_of(record),
          .command_digest = record.command_digest.value_or(Hash{})};
}

bool goes_on(const PreparedRecords* prepared) {
  return prepared != nullptr && prepared->intent() && prepared->intent()->first > 0;
}

IdempotencyEntry joined(const std::optional<IdempotencyEntry>& begun, const IdempotencyEntry& entry) {
  if (!begun || begun->first == kBeforeFirst || begun->command_digest != entry.command_digest) return entry;
  return {.first = begun->first, .last = entry.last, .command_digest = entry.command_digest};
}

bool is_in_history(const Record& record, std::span<const EntityRef> entities, UsesInHistory uses) {
  return std::any_of(record.events.begin(), record.events.end(), [&](const Event& event) {
    return (uses == UsesInHistory::kInclude || uses_of(event) == nullptr) && concerns(event, entities);
  });
}

}  // namespace keyledger::ledger
