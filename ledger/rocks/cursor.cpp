#include "ledger/rocks/cursor.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/append/plan.h"
#include "ledger/codec/record_codec.h"
#include "ledger/rocks/entity_index.h"
#include "ledger/rocks/row_keys.h"

namespace keyledger::ledger {
namespace {

std::span<const std::uint8_t> bytes_of(const rocksdb::Slice& slice) {
  return {reinterpret_cast<const std::uint8_t*>(slice.data()), slice.size()};
}

Error corrupt_at(Position position, std::string_view what) {
  return {ErrorCode::kCorruptRecord, fmt::format("at position {}: {}", position.value(), what)};
}

class RocksCursor final : public RecordCursor {
 public:
  RocksCursor(std::unique_ptr<rocksdb::Iterator> records, ArchiveReader archive, Position end)
      : records_(std::move(records)), archive_(std::move(archive)), end_(end) {}

  // The next record will be the one that holds `position`.
  void seek(Position position) {
    wanted_ = position;
    next_index_.reset();
    is_placed_ = false;
  }

  Result<std::optional<Record>> next() override {
    if (wanted_ > end_) return std::optional<Record>{};
    return archive_.holds(wanted_) ? next_archived() : next_stored();
  }

  std::span<const std::uint8_t> bytes() const override { return bytes_; }

 private:
  Result<std::optional<Record>> next_stored() {
    if (is_placed_) {
      records_->Next();
    } else {
      records_->SeekForPrev(record_key(wanted_));
    }
    if (!records_->status().ok()) return read_error(records_->status());
    if (!records_->Valid()) return corrupt_at(wanted_, "the record is missing");
    is_placed_ = true;
    bytes_ = bytes_of(records_->value());
    return checked(decoder_.decode(bytes_), position_from(records_->key().ToStringView()));
  }

  Result<std::optional<Record>> next_archived() {
    const auto found = archive_.record_holding(wanted_);
    if (!found) return found.error();
    bytes_ = found->bytes;
    return checked(decoder_.decode(bytes_), found->position);
  }

  Result<std::optional<Record>> checked(Result<Record>&& decoded, std::optional<Position> stands_at) {
    if (!decoded) {
      return Error{decoded.error().code,
                   fmt::format("at position {}: {}", wanted_.value(), decoded.error().detail)};
    }
    Record& record = *decoded;
    if (stands_at != record.position) {
      return corrupt_at(wanted_, "the record belongs to another position");
    }
    const Position last = last_position_of(record);
    // After the first, which may begin before what was sought, each must begin where the one before it ended.
    const bool follows =
        next_index_ ? record.position == wanted_ && record.index == *next_index_ : last >= wanted_;
    if (!follows) return corrupt_at(wanted_, "the record is missing");
    next_index_ = record.index + 1;
    wanted_ = last.next();
    return std::optional(std::move(record));
  }

  std::unique_ptr<rocksdb::Iterator> records_;
  ArchiveReader archive_;
  RecordDecoder decoder_;
  std::span<const std::uint8_t> bytes_;
  Position end_;
  Position wanted_;                          // that the next record holds
  std::optional<std::uint64_t> next_index_;  // of the next record, after the first
  bool is_placed_ = false;                   // the iterator stands on the record before the next one
};

std::unique_ptr<RocksCursor> make_cursor(const RocksStore& store, Position end) {
  // In this order: what leaves RocksDB after the iterator was made, the iterator sees all the same, and what
  // left before is in the archive already.
  auto records = store.iterate(store.records());
  return std::make_unique<RocksCursor>(std::move(records), store.archive().reader(), end);
}

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
  std::uint64_t read_to_ = 0;  // the last position that was looked at
};

// Ascending, without overlaps, nothing before `from`.
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

std::unique_ptr<RecordCursor> make_rocks_cursor(const RocksStore& store, Position from, Position end) {
  auto cursor = make_cursor(store, end);
  cursor->seek(std::max(from, kBeforeFirst.next()));
  return cursor;
}

Result<std::unique_ptr<RecordCursor>> make_rocks_history_cursor(const RocksStore& store,
                                                                const IndexedUses& index,
                                                                std::span<const EntityRef> entities,
                                                                UsesInHistory uses, Position from,
                                                                Position end) {
  from = std::max(from, kBeforeFirst.next());
  auto records = make_cursor(store, end);
  if (from > kBeforeFirst.next()) {
    // The index knows a record by its first position, and `from` may be in the middle of one.
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
