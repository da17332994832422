#include "ledger/rocks/index_check.h"

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "ledger/append/plan.h"
#include "ledger/rocks/cursor.h"
#include "ledger/rocks/entity_rows.h"
#include "ledger/rocks/row_keys.h"
#include "ledger/rocks/tree.h"

namespace keyledger::ledger {
namespace {

// A sum over rows, the same in every order of the rows.
struct RowSum {
  std::uint64_t rows = 0;
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  void add(const XXH128_hash_t& hash) {
    ++rows;
    low += hash.low64;
    high += hash.high64;
  }

  friend bool operator==(const RowSum&, const RowSum&) = default;
};

XXH128_hash_t hash_of(const EntityPlace& place) {
  const std::array<std::uint64_t, 3> words = {static_cast<std::uint64_t>(place.entity.kind),
                                              place.entity.number, place.record.value()};
  return XXH3_128bits(words.data(), sizeof words);
}

XXH128_hash_t hash_of(std::string_view key, std::string_view value) {
  return XXH3_128bits_withSeed(value.data(), value.size(), XXH3_64bits(key.data(), key.size()));
}

// The sums of a segment of positions.
struct SegmentSums {
  RowSum events;
  RowSum uses;

  friend bool operator==(const SegmentSums&, const SegmentSums&) = default;
};

std::string text_of(std::string_view what, const EntityPlace& place) {
  return fmt::format("the entity index {} for {} {} at position {}", what, name_of(place.entity.kind),
                     place.entity.number, place.record.value());
}

// Names the first difference of a segment with different sums. The records of the segment give the expected
// rows.
class SegmentDifference {
 public:
  SegmentDifference(const RocksStore& store, const UseSegments& segments, std::uint64_t segment,
                    const LogEnd& end)
      : store_(store), segments_(segments), segment_(segment), end_(end), postings_(segments) {}

  Result<std::string> find(bool with_uses) {
    if (auto expected = expect(with_uses); !expected) return expected.error();
    std::optional<std::string> found;
    const auto each = [&](const EntityRow& row) {
      if (!found) found = difference_of(row, with_uses);
    };
    if (auto read = each_entity_row(store_, each); !read) return read.error();
    if (found) return *found;
    if (!places_.empty()) return text_of("has no row", *places_.begin());
    if (!uses_.empty()) return text_of_use_row("is missing", uses_.begin()->first);
    return fmt::format("the indexes of positions from {} to {} differ from the records",
                       segments_.first_of(segment_).value(), segments_.last_of(segment_).value());
  }

 private:
  Result<void> expect(bool with_uses) {
    const Position last = std::min(segments_.last_of(segment_), end_.position);
    const auto cursor = make_rocks_cursor(store_, segments_.first_of(segment_), end_.position);
    for (Position read_to; read_to < last;) {
      const auto record = cursor->next();
      if (!record) return record.error();
      if (!record->has_value()) break;
      if (segments_.segment_of((*record)->position) == segment_) {
        for (const EntityRef& entity : entities_of(**record)) places_.insert({entity, (*record)->position});
      }
      Position position = (*record)->position;
      for (const Event& event : (*record)->events) {
        if (const UseBlock* block = uses_of(event)) postings_.note(*block, position, segment_);
        position = Position{position.value() + positions_of(event)};
      }
      read_to = last_position_of(**record);
    }
    if (!with_uses) return {};
    return postings_.make_rows(segment_, [&](const std::string& key, const std::string& value) {
      uses_.emplace(key, value);
      return Result<void>();
    });
  }

  std::optional<std::string> difference_of(const EntityRow& row, bool with_uses) {
    for (const EntityPlace& place : row.places) {
      if (segments_.segment_of(place.record) == segment_ && places_.erase(place) == 0)
        return text_of("has a surplus row", place);
    }
    if (!with_uses || row.use_segment != segment_) return std::nullopt;
    const auto expected = uses_.find(row.key);
    if (expected == uses_.end()) return text_of_use_row("is a surplus row", row.key);
    const bool agrees = expected->second == row.value;
    uses_.erase(expected);
    if (!agrees) return text_of_use_row("is different", row.key);
    return std::nullopt;
  }

  std::string text_of_use_row(std::string_view what, const std::string& key) const {
    const EntityRef place = entity_index_key_from(key).value_or(EntityIndexKey{}).entity;
    return fmt::format("the row of the index of uses {} for {} numbers from {} in positions from {} to {}",
                       what, name_of(place.kind), place.number << UseRow::kBucketBits,
                       segments_.first_of(segment_).value(), segments_.last_of(segment_).value());
  }

  const RocksStore& store_;
  UseSegments segments_;
  std::uint64_t segment_;
  LogEnd end_;
  UsePostings postings_;
  std::set<EntityPlace> places_;             // the expected rows that are not found yet
  std::map<std::string, std::string> uses_;  // likewise
};

class RocksIndexCheck final : public IndexCheck {
 public:
  RocksIndexCheck(const RocksStore& store, const UseSegments& segments, std::uint64_t indexed,
                  const LogEnd& end)
      : store_(store),
        segments_(segments),
        indexed_(indexed),
        end_(end),
        postings_(segments),
        expected_(segments.segment_of(end.position) + 1),
        stored_(expected_.size()) {}

  Result<void> take(const Record& record, std::span<const std::uint8_t> bytes) override {
    const std::uint64_t segment = segments_.segment_of(record.position);
    ENSURE(segment < expected_.size(), "a record of the log");
    for (const EntityRef& entity : entities_of(record))
      expected_[segment].events.add(hash_of(EntityPlace{entity, record.position}));
    Position position = record.position;
    for (const Event& event : record.events) {
      take_uses(uses_of(event), position, positions_of(event));
      position = Position{position.value() + positions_of(event)};
    }
    if (auto compared = compare_nodes(record, bytes); !compared) return compared;
    return record.idempotency_id.empty() ? Result<void>() : compare_idempotent(record);
  }

  Result<IndexChecked> finish() override {
    if (auto compared = compare_entity_rows(); !compared) return compared.error();
    if (auto counted = count_idempotent(); !counted) return counted.error();
    if (auto counted = count_nodes(); !counted) return counted.error();
    checked_.root = tree_.root();
    return checked_;
  }

 private:
  // Keeps the first difference.
  void differ(std::string difference) {
    if (!checked_.difference) checked_.difference = std::move(difference);
  }

  // Takes an event of `positions` positions, which may be a block of uses or not.
  void take_uses(const UseBlock* block, Position first, std::uint64_t positions) {
    const Position last{first.value() + positions - 1};
    if (block != nullptr && segment_ < indexed_) postings_.note(*block, first, segment_);
    while (segment_ < indexed_ && segments_.last_of(segment_) <= last) {
      // Only adds up, and cannot fail.
      static_cast<void>(postings_.make_rows(segment_, [&](const std::string& key, const std::string& value) {
        expected_[segment_].uses.add(hash_of(key, value));
        return Result<void>();
      }));
      postings_.clear();
      ++segment_;
      if (block != nullptr && segment_ < indexed_) postings_.note(*block, first, segment_);
    }
  }

  Result<void> compare_nodes(const Record& record, std::span<const std::uint8_t> bytes) {
    completed_.clear();
    tree_.append(leaf_hash(bytes), completed_);
    for (const MerkleNode& node : completed_) {
      if (node.level < kStoredLevelMin) continue;
      ++checked_.nodes;
      std::string stored;
      const auto status = store_.db().Get(rocksdb::ReadOptions(), store_.merkle(),
                                          merkle_key(node.level, node.index), &stored);
      if (!status.ok() && !status.IsNotFound()) return read_error(status);
      const MerkleValue expected{.hash = node.hash, .end = last_position_of(record).next()};
      if (status.ok() && merkle_value_from(stored) == expected) continue;
      differ(fmt::format("node {} of level {} of the Merkle tree is {}", node.index, node.level,
                         status.ok() ? "different" : "missing"));
    }
    return {};
  }

  Result<std::optional<IdempotencyEntry>> stored_entry(const std::string& id) const {
    std::string bytes;
    const auto status = store_.db().Get(rocksdb::ReadOptions(), store_.idempotency(), id, &bytes);
    if (status.IsNotFound()) return std::optional<IdempotencyEntry>{};
    if (!status.ok()) return read_error(status);
    return idempotency_from(bytes);
  }

  // An entry goes from the first to the last record with the id. Therefore each record lies within the entry,
  // one record begins the entry, and one record ends the entry.
  Result<void> compare_idempotent(const Record& record) {
    const auto stored = stored_entry(record.idempotency_id);
    if (!stored) return stored.error();
    const IdempotencyEntry expected = entry_of(record);
    if (!stored->has_value()) {
      differ(idempotent_text(record.idempotency_id, "is missing or damaged"));
      return {};
    }
    const IdempotencyEntry& entry = **stored;
    const bool had_effect = expected.first != kBeforeFirst;
    const bool agrees = entry.command_digest == expected.command_digest &&
                        (had_effect ? kBeforeFirst < entry.first && entry.first <= expected.first &&
                                          expected.last <= entry.last
                                    : entry == expected);
    if (!agrees) differ(idempotent_text(record.idempotency_id, "is different"));
    if (!had_effect) return {};
    if (entry.first == expected.first) ++begun_;
    if (entry.last == expected.last) ++ended_;
    return {};
  }

  static std::string idempotent_text(std::string_view id, std::string_view what) {
    return fmt::format("the entry of the idempotency id {} {}", id, what);
  }

  Result<void> compare_entity_rows() {
    const auto each = [&](const EntityRow& row) { add_stored(row); };
    if (auto read = each_entity_row(store_, each); !read) return read;
    for (std::uint64_t segment = 0; segment < expected_.size() && !checked_.difference; ++segment) {
      if (expected_[segment] == stored_[segment]) continue;
      const auto difference = SegmentDifference(store_, segments_, segment, end_).find(segment < indexed_);
      if (!difference) return difference.error();
      differ(*difference);
    }
    return {};
  }

  void add_stored(const EntityRow& row) {
    if (!row.is_sound) return differ("a row of the entity index is damaged");
    for (const EntityPlace& place : row.places) {
      ++checked_.entity_rows;
      if (kBeforeFirst < place.record && place.record <= end_.position) {
        stored_[segments_.segment_of(place.record)].events.add(hash_of(place));
      } else {
        differ(text_of("has a surplus row", place));
      }
    }
    if (!row.use_segment || *row.use_segment >= indexed_) return;
    ++checked_.use_rows;
    stored_[*row.use_segment].uses.add(hash_of(row.key, row.value));
  }

  // Counts the entries of commands with an effect. If the records begin and end as many entries, no entry is
  // surplus. An old version left entries of commands without effect, which follow from no record.
  Result<void> count_idempotent() {
    std::uint64_t entries = 0;
    const auto rows = store_.iterate(store_.idempotency());
    for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
      ++checked_.idempotency_rows;
      const auto entry = idempotency_from(rows->value().ToStringView());
      if (!entry || end_.position < entry->last)
        differ(idempotent_text(rows->key().ToStringView(), "is damaged"));
      if (entry && entry->first != kBeforeFirst) ++entries;
    }
    if (!rows->status().ok()) return read_error(rows->status());
    if (checked_.difference || (entries == begun_ && entries == ended_)) return {};
    return name_idempotent();
  }

  // Finds an entry whose first or last record has another id.
  Result<void> name_idempotent() {
    const auto rows = store_.iterate(store_.idempotency());
    for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
      const auto entry = idempotency_from(rows->value().ToStringView());
      if (!entry || entry->first == kBeforeFirst) continue;
      for (const Position place : {entry->first, entry->last}) {
        const auto record = make_rocks_cursor(store_, place, end_.position)->next();
        if (!record) return record.error();
        const bool is_own =
            record->has_value() && (*record)->idempotency_id == rows->key().ToStringView() &&
            (place == entry->first ? (*record)->position == place : last_position_of(**record) == place);
        if (is_own) continue;
        differ(idempotent_text(rows->key().ToStringView(), "does not follow from the records"));
        return {};
      }
    }
    if (!rows->status().ok()) return read_error(rows->status());
    differ("the entries of idempotency ids do not follow from the records");
    return {};
  }

  // Looks for nodes beyond the tree. Old versions stored lower levels as well, and no program reads these.
  Result<void> count_nodes() {
    const auto rows = store_.iterate(store_.merkle());
    for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
      const auto node = merkle_place_from(rows->key().ToStringView());
      if (!node) {
        differ("a node of the Merkle tree is damaged");
      } else if (node->level >= kStoredLevelMin &&
                 (node->level > 63 || node->index >= tree_.size() >> node->level)) {
        differ(fmt::format("node {} of level {} of the Merkle tree is surplus", node->index, node->level));
      }
    }
    return rows->status().ok() ? Result<void>() : read_error(rows->status());
  }

  const RocksStore& store_;
  const UseSegments segments_;
  const std::uint64_t indexed_;
  const LogEnd end_;
  IndexChecked checked_;

  UsePostings postings_;       // the uses of segment_
  std::uint64_t segment_ = 0;  // the segment whose uses are read
  std::vector<SegmentSums> expected_;
  std::vector<SegmentSums> stored_;
  std::uint64_t begun_ = 0;  // records that begin an entry
  std::uint64_t ended_ = 0;  // records that end an entry
  MerkleFrontier tree_;
  std::vector<MerkleNode> completed_;
};

}  // namespace

std::unique_ptr<IndexCheck> make_rocks_index_check(const RocksStore& store, const UseSegments& segments,
                                                   std::uint64_t indexed, const LogEnd& end) {
  return std::make_unique<RocksIndexCheck>(store, segments, indexed, end);
}

}  // namespace keyledger::ledger
