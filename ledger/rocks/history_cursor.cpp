#include "ledger/rocks/history_cursor.h"

#include <algorithm>
#include <vector>

#include "ledger/append/plan.h"
#include "ledger/rocks/cursor.h"
#include "ledger/rocks/entity_index.h"

namespace keyledger::ledger {
namespace {

class RocksHistoryCursor final : public RecordCursor {
 public:
  RocksHistoryCursor(std::unique_ptr<RocksCursor> records, std::vector<Stretch> stretches,
                     std::span<const EntityRef> entities, UsesInHistory uses)
      : records_(std::move(records)),
        stretches_(std::move(stretches)),
        entities_(entities.begin(), entities.end()),
        uses_(uses) {
    std::sort(entities_.begin(), entities_.end());
  }

  Result<std::optional<Record>> next() override {
    for (; stretch_ < stretches_.size(); ++stretch_) {
      const Stretch& stretch = stretches_[stretch_];
      if (read_to_ < stretch.first) {
        records_->seek(Position{stretch.first});
        read_to_ = stretch.first - 1;
      }
      while (read_to_ < stretch.last) {
        auto record = records_->next();
        if (!record || !record->has_value()) return record;
        read_to_ = last_position_of(**record).value();
        if (is_in_history(**record, entities_, uses_)) return record;
      }
    }
    return std::optional<Record>{};
  }

  std::span<const std::uint8_t> bytes() const override { return records_->bytes(); }

 private:
  std::unique_ptr<RocksCursor> records_;
  std::vector<Stretch> stretches_;  // ascending, apart from one another
  std::vector<EntityRef> entities_;
  UsesInHistory uses_;
  std::size_t stretch_ = 0;
  std::uint64_t read_to_ = 0;  // the last position read or skipped
};

// Returns the stretches in ascending order and without overlaps, cut off before `from`.
std::vector<Stretch> merged(std::vector<Stretch> stretches, std::uint64_t from) {
  std::sort(stretches.begin(), stretches.end(),
            [](const Stretch& a, const Stretch& b) { return a.first < b.first; });
  std::vector<Stretch> result;
  for (Stretch stretch : stretches) {
    if (stretch.last < from) continue;
    stretch.first = std::max(stretch.first, from);
    if (result.empty() || stretch.first > result.back().last + 1) {
      result.push_back(stretch);
    } else {
      result.back().last = std::max(result.back().last, stretch.last);
    }
  }
  return result;
}

}  // namespace

Result<std::unique_ptr<RecordCursor>> make_rocks_history_cursor(const RocksStore& store,
                                                                const IndexedUses& index,
                                                                std::span<const EntityRef> entities,
                                                                UsesInHistory uses, Position from,
                                                                Position end) {
  from = std::max(from, kBeforeFirst.next());
  auto records = RocksCursor::make(store, end);
  if (from > kBeforeFirst.next()) {
    // The index knows records by their first position, and `from` may be in the middle of a record.
    records->seek(from);
    const auto holding = records->next();
    if (!holding) return holding.error();
    if (holding->has_value()) from = (*holding)->position;
  }
  const auto entries = store.iterate(store.entities());
  std::vector<Stretch> stretches;
  for (const EntityRef& entity : entities) {
    auto gathered = gather_events(*entries, entity, from, stretches);
    if (gathered && uses == UsesInHistory::kInclude)
      gathered = gather_uses(*entries, entity, index.segments, index.indexed, from, stretches);
    if (!gathered) return gathered.error();
  }
  const Position unindexed = index.segments.first_of(index.indexed);
  if (uses == UsesInHistory::kInclude && unindexed <= end &&
      std::any_of(entities.begin(), entities.end(), has_uses))
    stretches.push_back({unindexed.value(), end.value()});
  return std::unique_ptr<RecordCursor>(std::make_unique<RocksHistoryCursor>(
      std::move(records), merged(std::move(stretches), from.value()), entities, uses));
}

}  // namespace keyledger::ledger
