#include "ledger/append_plan.h"

#include <algorithm>

#include "ledger/codec.h"

namespace keyledger::ledger {
namespace {

void note_idempotent(const Record& record, AppendPlan& plan) {
  auto& entries = plan.idempotent;
  // The records of one command stand together.
  if (!entries.empty() && entries.back().first == record.idempotency_id) {
    entries.back().second.last = last_position_of(record);
    return;
  }
  entries.emplace_back(record.idempotency_id,
                       IdempotencyEntry{.first = record.position,
                                        .last = last_position_of(record),
                                        .command_digest = record.command_digest.value_or(Hash{})});
}

}  // namespace

AppendPlan plan_append(const LogHead& head, const MerkleFrontier& frontier, std::span<Record> records) {
  AppendPlan plan{.leaves = {}, .idempotent = {}, .frontier = frontier, .head = head};
  plan.leaves.reserve(records.size());
  for (Record& record : records) {
    ENSURE(plan.head.records == 0 || plan.head.time <= record.time, "the times of records do not decrease");
    record.index = plan.head.records;
    record.position = plan.head.position.next();
    AppendPlan::Leaf& leaf = plan.leaves.emplace_back();
    leaf.bytes = encode_record(record);
    plan.frontier.append(leaf_hash(leaf.bytes), leaf.completed);
    if (!record.idempotency_id.empty()) note_idempotent(record, plan);
    plan.head.position = last_position_of(record);
    plan.head.records = plan.frontier.size();
    plan.head.time = record.time;
  }
  plan.head.root = plan.frontier.root();
  return plan;
}

bool is_in_history(const Record& record, std::span<const EntityRef> entities, UsesInHistory uses) {
  return std::any_of(record.events.begin(), record.events.end(), [&](const Event& event) {
    return (uses == UsesInHistory::kInclude || uses_of(event) == nullptr) && concerns(event, entities);
  });
}

}  // namespace keyledger::ledger
