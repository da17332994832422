#include "ledger/rocks/index_repair.h"

#include <fmt/format.h>
#include <rocksdb/write_batch.h>

#include "ledger/append/plan.h"
#include "ledger/rocks/cursor.h"
#include "ledger/rocks/entity_index.h"
#include "ledger/rocks/row_keys.h"
#include "ledger/rocks/store.h"
#include "ledger/rocks/tree.h"
#include "ledger/rocks/use_index.h"

namespace keyledger::ledger {
namespace {

constexpr std::size_t kBatchBytes = std::size_t{1} << 20;
// Each event is hashed, then indexed, then indexed as a use.
constexpr std::uint64_t kReadings = 3;

// One repair. One thread.
class Repair {
 public:
  explicit Repair(const RepairSettings& settings)
      : settings_(settings), segments_(settings.rocks.segment_bits) {}

  // Hashes all records, and compares the root at the remembered length. Changes nothing.
  Result<LogEnd> check_records(const RocksStore& store) {
    auto end = read_end_without_tree(store);
    if (!end) return end;
    events_ = 0;
    work_ = kReadings * end->position.value();
    const LogHead& remembered = settings_.remembered;
    MerkleFrontier tree;
    std::vector<MerkleNode> completed;
    const auto compare = [&]() -> bool {
      return tree.size() != remembered.records || tree.root() == remembered.root;
    };
    bool is_whole = remembered.records <= end->records && compare();
    auto read = each_record(store, *end, [&](const Record&, std::span<const std::uint8_t> bytes) {
      completed.clear();
      tree.append(leaf_hash(bytes), completed);
      is_whole = is_whole && compare();
      return Result<void>();
    });
    if (!read) return read.error();
    if (is_whole) return end;
    return Error{ErrorCode::kShortened,
                 fmt::format("the records up to position {} are missing or are not those that were written",
                             remembered.position.value())};
  }

  Result<RepairedIndexes> run(RocksStore& store, const LogEnd& end) {
    if (auto noted = write_note(store, Note::kPut); !noted) return noted.error();
    if (auto go_on = step(RepairStep::kNoted); !go_on) return go_on.error();
    if (auto dropped = store.make_indexes_anew(); !dropped) return dropped.error();
    if (auto go_on = step(RepairStep::kDropped); !go_on) return go_on.error();
    if (auto removed = remove_entries(store); !removed) return removed.error();
    if (auto go_on = step(RepairStep::kEntriesRemoved); !go_on) return go_on.error();
    if (auto written = write_rows(store, end); !written) return written.error();
    if (auto written = write_use_rows(store, end); !written) return written.error();
    if (auto go_on = step(RepairStep::kRowsWritten); !go_on) return go_on.error();
    const auto flushed = store.db().Flush(rocksdb::FlushOptions(), store.all_families());
    if (!flushed.ok()) return Error{ErrorCode::kWriteFailed, flushed.ToString()};
    if (auto go_on = step(RepairStep::kFlushed); !go_on) return go_on.error();
    if (auto noted = write_note(store, Note::kDelete); !noted) return noted.error();
    return repaired_;
  }

 private:
  enum class Note : std::uint8_t { kPut, kDelete };

  Result<void> step(RepairStep done) const {
    if (settings_.faults && settings_.faults(done))
      return Error{ErrorCode::kWriteFailed, "a fault was injected"};
    return {};
  }

  void worked(std::uint64_t events) {
    constexpr std::uint64_t kEventsAtOnce = 4'096;
    const std::uint64_t before = std::exchange(events_, events_ + events);
    if (settings_.progress && before / kEventsAtOnce != events_ / kEventsAtOnce)
      settings_.progress(events_, work_);
  }

  template <typename Take>
  Result<void> each_record(const RocksStore& store, const LogEnd& end, const Take& take) {
    const auto cursor = make_rocks_cursor(store, kBeforeFirst.next(), end.position);
    for (std::uint64_t index = 0;; ++index) {
      const auto record = cursor->next();
      if (!record) return record.error();
      if (!record->has_value()) return {};
      if ((*record)->index != index) {
        return Error{ErrorCode::kCorruptRecord,
                     fmt::format("at position {}: the record is missing", (*record)->position.value())};
      }
      if (auto taken = take(**record, cursor->bytes()); !taken) return taken;
      worked(positions_of(**record));
    }
  }

  // Writes or deletes the row that says that a repair is under way, synced.
  static Result<void> write_note(const RocksStore& store, Note note) {
    rocksdb::WriteBatch batch;
    const auto noted = note == Note::kPut ? batch.Put(store.archived(), repair_key(), {})
                                          : batch.Delete(store.archived(), repair_key());
    ENSURE(noted.ok(), "a batch without a size limit takes everything");
    rocksdb::WriteOptions options;
    options.sync = true;
    const auto written = store.db().Write(options, &batch);
    if (!written.ok()) return Error{ErrorCode::kWriteFailed, written.ToString()};
    return {};
  }

  // Writes the batch if the batch is large enough, or if nothing follows.
  Result<void> write_if(const RocksStore& store, bool is_last) {
    if (batch_.GetDataSize() < kBatchBytes && !is_last) return {};
    auto written = store.write_derived(batch_);
    batch_.Clear();
    return written;
  }

  void put(rocksdb::ColumnFamilyHandle* family, std::string_view key, std::string_view value) {
    const auto status = batch_.Put(family, key, value);
    ENSURE(status.ok(), "a batch without a size limit takes everything");
  }

  // Removes all entries of idempotency ids that follow from records. Entries without effect stay, because an
  // old version wrote some that follow from no record.
  Result<void> remove_entries(const RocksStore& store) {
    const auto rows = store.iterate(store.idempotency());
    for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
      const auto entry = idempotency_from(rows->value().ToStringView());
      if (entry && entry->first == kBeforeFirst) continue;
      const auto status = batch_.Delete(store.idempotency(), rows->key());
      ENSURE(status.ok(), "a batch without a size limit takes everything");
      if (auto written = write_if(store, false); !written) return written;
    }
    if (!rows->status().ok()) return read_error(rows->status());
    return write_if(store, true);
  }

  Result<void> write_rows(const RocksStore& store, const LogEnd& end) {
    MerkleFrontier tree;
    std::vector<MerkleNode> completed;
    auto read = each_record(store, end, [&](const Record& record, std::span<const std::uint8_t> bytes) {
      completed.clear();
      tree.append(leaf_hash(bytes), completed);
      for (const MerkleNode& node : completed) {
        if (node.level < kStoredLevelMin) continue;
        ++repaired_.nodes;
        put(store.merkle(), merkle_key(node.level, node.index),
            merkle_value({.hash = node.hash, .end = last_position_of(record).next()}));
      }
      make_entity_rows(entities_of(record), record.position,
                       [&](std::string_view key, std::string_view value) {
                         ++repaired_.entity_rows;
                         put(store.entities(), key, value);
                       });
      if (!record.idempotency_id.empty()) put_entry(store, record);
      ++repaired_.records;
      return write_if(store, false);
    });
    if (!read) return read;
    return write_if(store, true);
  }

  // The records of a command follow one another, with no other command between.
  void put_entry(const RocksStore& store, const Record& record) {
    const bool goes_on = last_entry_ && last_entry_->first == record.idempotency_id;
    const IdempotencyEntry entry =
        joined(goes_on ? std::optional(last_entry_->second) : std::nullopt, entry_of(record));
    if (!goes_on) ++repaired_.idempotency_rows;
    last_entry_ = {record.idempotency_id, entry};
    put(store.idempotency(), record.idempotency_id, idempotency_value(entry));
  }

  Result<void> write_use_rows(const RocksStore& store, const LogEnd& end) {
    UseIndexBuilder builder(store, segments_);
    const std::uint64_t complete = segments_.complete_at(end.position);
    for (; repaired_.segments < complete; ++repaired_.segments) {
      const auto indexed = builder.index(repaired_.segments, end.position, {});
      if (!indexed) return indexed.error();
      worked(std::uint64_t{1} << segments_.bits());
    }
    return {};
  }

  const RepairSettings& settings_;
  UseSegments segments_;
  std::uint64_t events_ = 0;  // that are read
  std::uint64_t work_ = 1;    // events to be read in all
  RepairedIndexes repaired_;
  rocksdb::WriteBatch batch_;
  std::optional<std::pair<std::string, IdempotencyEntry>> last_entry_;
};

}  // namespace

Result<RepairedIndexes> repair_rocks_indexes(const std::filesystem::path& path,
                                             const RepairSettings& settings) {
  Repair repair(settings);
  std::optional<LogEnd> checked;
  {
    // Reads first, because opening for writing replays the write-ahead log and discards unusable parts. After
    // an interrupted repair, families may be missing; the repair before has read the records then.
    const auto store = RocksStore::open(path, RocksMode::kRead, settings.rocks.archive);
    if (!store && store.error().code != ErrorCode::kIndexDiffers) return store.error();
    if (store) {
      const auto end = repair.check_records(**store);
      if (!end) return end.error();
      checked = *end;
    }
  }
  const auto store = RocksStore::open(path, RocksMode::kRepair, settings.rocks.archive);
  if (!store) return store.error();
  if (!checked) {
    const auto end = repair.check_records(**store);
    if (!end) return end.error();
    checked = *end;
  }
  return repair.run(**store, *checked);
}

}  // namespace keyledger::ledger
