#include "ledger/append/folded_index.h"

#include <algorithm>

#include "ledger/append/plan.h"

namespace keyledger::ledger {
namespace {

// Reads the records of another cursor, without records about other entities.
class HistoryCursor final : public RecordCursor {
 public:
  HistoryCursor(std::unique_ptr<RecordCursor> all, std::span<const EntityRef> entities, UsesInHistory uses)
      : all_(std::move(all)), entities_(entities.begin(), entities.end()), uses_(uses) {
    std::sort(entities_.begin(), entities_.end());
  }

  Result<std::optional<Record>> next() override {
    for (;;) {
      auto record = all_->next();
      if (!record || !record->has_value() || is_in_history(**record, entities_, uses_)) return record;
    }
  }

  std::span<const std::uint8_t> bytes() const override { return all_->bytes(); }

 private:
  std::unique_ptr<RecordCursor> all_;
  std::vector<EntityRef> entities_;
  UsesInHistory uses_;
};

}  // namespace

void FoldedIndex::fold(const Record& record, std::span<const std::uint8_t> bytes) {
  const std::lock_guard lock(mutex_);
  ENSURE(record.index == end_.records && record.position == end_.position.next(),
         "records are folded in their order");
  completed_.clear();
  frontier_.append(leaf_hash(bytes), completed_);
  roots_.push_back(frontier_.root());
  end_ = {.position = last_position_of(record), .records = frontier_.size(), .time = record.time};
  if (!record.idempotency_id.empty()) note_idempotent(record);
}

void FoldedIndex::note_idempotent(const Record& record) {
  const IdempotencyEntry entry = entry_of(record);
  const auto [place, is_new] = idempotent_.try_emplace(record.idempotency_id, entry);
  if (!is_new) place->second = joined(place->second, entry);
}

Result<void> FoldedIndex::follow(const std::stop_token& stop) {
  const auto follower = log_.follow(head().position.next());
  if (!follower) return follower.error();
  for (;;) {
    const auto record = (*follower)->next(stop);
    if (!record) return record.error();
    if (!record->has_value()) return {};
    const LogHead before = head();
    if ((*record)->index != before.records || (*record)->position != before.position.next()) {
      return Error{ErrorCode::kCorruptRecord, "position " + std::to_string((*record)->position.value()) +
                                                  ": the record is not the next record of the log"};
    }
    fold(**record, (*follower)->bytes());
  }
}

LogHead FoldedIndex::head() const {
  const std::lock_guard lock(mutex_);
  return {.position = end_.position, .records = end_.records, .time = end_.time, .root = frontier_.root()};
}

Result<std::unique_ptr<RecordCursor>> FoldedIndex::read_entities(std::span<const EntityRef> entities,
                                                                 UsesInHistory uses, Position from) const {
  auto all = log_.read(from);
  if (!all) return all;
  return std::unique_ptr<RecordCursor>(std::make_unique<HistoryCursor>(std::move(*all), entities, uses));
}

Result<std::optional<IdempotencyEntry>> FoldedIndex::find_idempotent(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto found = idempotent_.find(id);
  if (found == idempotent_.end()) return std::optional<IdempotencyEntry>{};
  return std::optional(found->second);
}

Result<Hash> FoldedIndex::root_at(std::uint64_t records) const {
  const std::lock_guard lock(mutex_);
  if (records > roots_.size()) {
    return Error{ErrorCode::kNoSuchPosition,
                 "the log has fewer than " + std::to_string(records) + " records"};
  }
  return records == 0 ? MerkleFrontier{}.root() : roots_[records - 1];
}

}  // namespace keyledger::ledger
