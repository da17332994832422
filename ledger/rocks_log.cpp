#include "ledger/rocks_log.h"

#include <fmt/format.h>
#include <rocksdb/write_batch.h>

#include <atomic>
#include <mutex>

#include "ledger/append_plan.h"
#include "ledger/archiving.h"
#include "ledger/entity_index.h"
#include "ledger/rocks_cursor.h"
#include "ledger/rocks_keys.h"
#include "ledger/rocks_store.h"
#include "ledger/rocks_tree.h"
#include "ledger/use_index.h"
#include "ledger/use_indexer.h"

namespace keyledger::ledger {
namespace {

rocksdb::Slice slice_of(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class RocksLog final : public ArchivableLog {
 public:
  RocksLog(std::unique_ptr<RocksStore> store, RocksMode mode, RocksSettings settings)
      : store_(std::move(store)),
        mode_(mode),
        faults_(std::move(settings.faults)),
        segments_(settings.segment_bits),
        archiving_(*store_, *this, settings.archive_shape, std::move(settings.archive_faults)) {}

  Result<void> load() {
    auto loaded = read_end_of_log(*store_);
    if (!loaded) return loaded.error();
    frontier_ = std::move(loaded->frontier);
    end_ = loaded->end;
    const auto indexed = count_indexed(*store_, segments_);
    if (!indexed) return indexed.error();
    indexed_at_opening_ = *indexed;
    if (mode_ == RocksMode::kRead) return {};
    indexer_ = std::make_unique<UseIndexer>(*store_, segments_, *indexed, end_.position);
    return finish_intent();
  }

  using EventLog::append;
  Result<LogEnd> append(Position expected_head, std::span<Record> records,
                        PreparedRecords* prepared) override {
    if (auto ready = make_ready(RocksOperation::kAppend); !ready) return ready.error();
    const LogEnd before = end();
    if (expected_head != before.position) {
      return Error{ErrorCode::kHeadMoved, fmt::format("it is at position {}", before.position.value())};
    }
    if (records.empty()) return before;
    plan_.begin(before, frontier_);
    if (auto filled = fill_batch(records, prepared); !filled) return filled.error();
    if (auto written = write(batch_); !written) return written.error();
    indexer_->note_end(plan_.end().position);
    const std::lock_guard lock(mutex_);
    frontier_ = plan_.frontier();
    return end_ = plan_.end();
  }

  Result<void> intend(std::span<PreparedRecords> parts) override {
    const std::uint64_t records = number_intents(parts);
    for (const PreparedRecords& part : parts) {
      if (auto ready = make_ready(RocksOperation::kIntend); !ready) return ready;
      rocksdb::WriteBatch batch;
      for (std::size_t place = 0; place < part.size(); ++place) {
        put(batch, store_->notes(), intended_key(part.intent()->first + place), slice_of(part.bytes(place)));
      }
      if (part.intent()->is_last) put(batch, store_->notes(), intent_key(), intent_value(records));
      if (auto written = write(batch); !written) return written;
    }
    return {};
  }

  Result<void> remember(std::string_view id, const IdempotencyEntry& entry) override {
    if (auto ready = make_ready(RocksOperation::kAppend); !ready) return ready;
    rocksdb::WriteBatch batch;
    put(batch, store_->idempotency(), rocksdb::Slice(id.data(), id.size()), idempotency_value(entry));
    return write(batch);
  }

  Result<void> sync() override {
    if (auto ready = make_ready(RocksOperation::kSync); !ready) return ready;
    if (const auto synced = store_->db().SyncWAL(); !synced.ok()) return fail(synced.ToString());
    // A write that failed meanwhile may be among those that the caller means.
    return failed_ ? Result<void>(an_earlier_failure()) : Result<void>();
  }

  LogEnd end() const override {
    const std::lock_guard lock(mutex_);
    return end_;
  }

  LogHead head() const override {
    LogHead head;
    MerkleFrontier frontier;
    {
      const std::lock_guard lock(mutex_);
      head = {.position = end_.position, .records = end_.records, .time = end_.time, .root = {}};
      frontier = frontier_;
    }
    head.root = frontier.root();
    return head;
  }

  Result<std::unique_ptr<RecordCursor>> read(Position from) const override {
    const LogEnd now = end();
    if (now.position.next() < from) return no_such_position(from);
    return make_rocks_cursor(*store_, from, now.position);
  }

  Result<std::unique_ptr<RecordCursor>> read_entities(std::span<const EntityRef> entities, UsesInHistory uses,
                                                      Position from) const override {
    const LogEnd now = end();
    if (now.position.next() < from) return no_such_position(from);
    const std::uint64_t indexed = indexer_ ? indexer_->indexed() : indexed_at_opening_;
    return make_rocks_history_cursor(*store_, {segments_, indexed}, entities, uses, from, now.position);
  }

  Result<std::optional<IdempotencyEntry>> find_idempotent(std::string_view id) const override {
    std::string bytes;
    const auto status = store_->db().Get(rocksdb::ReadOptions(), store_->idempotency(),
                                         rocksdb::Slice(id.data(), id.size()), &bytes);
    if (status.IsNotFound()) return std::optional<IdempotencyEntry>{};
    if (!status.ok()) return read_error(status);
    const auto entry = idempotency_from(bytes);
    if (!entry) return Error{ErrorCode::kCorruptDatabase, "an idempotency entry"};
    return entry;
  }

  Result<Hash> root_at(std::uint64_t records) const override {
    const LogHead now = head();
    if (records > now.records) {
      return Error{ErrorCode::kNoSuchPosition, fmt::format("there are fewer than {} records", records)};
    }
    if (records == now.records) return now.root;
    const auto frontier = read_frontier(*store_, records, now.position);
    if (!frontier) return frontier.error();
    return frontier->root();
  }

  Result<std::optional<ArchivedAmount>> archivable(Timestamp before) const override {
    return archiving_.movable(before);
  }

  Result<std::optional<ArchivedAmount>> archive_oldest(Timestamp before,
                                                       const std::atomic<bool>& stop) override {
    if (mode_ == RocksMode::kRead) return only_to_read();
    if (failed_) return an_earlier_failure();
    auto moved = archiving_.move(before, stop);
    if (!moved && moved.error().code == ErrorCode::kWriteFailed) failed_ = true;
    return moved;
  }

 private:
  static Error only_to_read() { return {ErrorCode::kWriteFailed, "the ledger is open to be read only"}; }

  static Error an_earlier_failure() { return {ErrorCode::kWriteFailed, "an earlier write failed"}; }

  static Error no_such_position(Position position) {
    return {ErrorCode::kNoSuchPosition, fmt::format("position {}", position.value())};
  }

  Error fail(std::string detail) {
    failed_ = true;
    return {ErrorCode::kWriteFailed, std::move(detail)};
  }

  Result<void> make_ready(RocksOperation operation) {
    if (mode_ == RocksMode::kRead) return only_to_read();
    if (failed_) return an_earlier_failure();
    if (faults_ && faults_(operation)) return fail("a fault was injected");
    return {};
  }

  Result<void> write(rocksdb::WriteBatch& batch) {
    const auto written = store_->db().Write(rocksdb::WriteOptions(), &batch);
    if (!written.ok()) return fail(written.ToString());
    return {};
  }

  // What a process that ended had yet to append, or had not intended as a whole.
  Result<void> finish_intent() {
    const auto rows = store_->iterate(store_->notes());
    rows->Seek(intent_key());
    const bool is_whole = rows->Valid() && rows->key() == intent_key();
    const auto intended = is_whole ? intent_from(rows->value().ToStringView()) : std::nullopt;
    if (is_whole && !intended) return broken_intent();
    rocksdb::WriteBatch left_over;
    std::optional<std::uint64_t> next;
    for (rows->Seek(intended_key(0)); rows->Valid(); rows->Next()) {
      const auto number = intended_number_from(rows->key().ToStringView());
      if (!number) break;
      if (!is_whole) {
        remove(left_over, rows->key());
        continue;
      }
      if (*number != next.value_or(*number) || *number >= *intended) return broken_intent();
      next = *number + 1;
      if (auto appended = append_intended(rows->value(), {*number, next == intended}); !appended)
        return appended;
    }
    if (!rows->status().ok()) return read_error(rows->status());
    if (next != intended) return broken_intent();
    return left_over.Count() == 0 ? Result<void>() : write(left_over);
  }

  static Error broken_intent() { return {ErrorCode::kCorruptDatabase, "records that were to be appended"}; }

  Result<void> append_intended(const rocksdb::Slice& bytes, const Intent& intent) {
    auto record = decode_record({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    if (!record) return record.error();
    const LogEnd now = end();
    record->time = std::max(record->time, now.time);
    PreparedRecords prepared(std::span(&*record, 1));
    prepared.set_intent(intent);
    const auto appended = append(now.position, std::span(&*record, 1), &prepared);
    return appended ? Result<void>() : appended.error();
  }

  Result<void> fill_batch(std::span<Record> records, PreparedRecords* prepared) {
    // What a big import needed is not kept.
    constexpr std::size_t kBytesKeptMax = std::size_t{1} << 20;
    if (batch_.GetDataSize() > kBytesKeptMax) batch_ = rocksdb::WriteBatch();
    batch_.Clear();
    ENSURE(prepared == nullptr || prepared->size() == records.size(),
           "what was prepared is what is appended");
    for (std::size_t place = 0; place < records.size(); ++place) {
      Record& record = records[place];
      const AppendPlan::Added added = plan_.add(record, prepared, place);
      put(batch_, store_->records(), record_key(record.position), slice_of(added.bytes));
      for (const MerkleNode& node : added.completed) {
        if (node.level < kStoredLevelMin) continue;
        put(batch_, store_->merkle(), merkle_key(node.level, node.index),
            merkle_value({.hash = node.hash, .end = plan_.end().position.next()}));
      }
      if (prepared != nullptr) {
        index(prepared->entities(place), record.position);
      } else {
        index(entities_of(record), record.position);
      }
    }
    const auto intent = prepared == nullptr ? std::nullopt : prepared->intent();
    for (const auto& [id, entry] : plan_.idempotent()) {
      Result<std::optional<IdempotencyEntry>> begun = std::optional<IdempotencyEntry>{};
      if (intent && intent->first > 0) begun = find_idempotent(id);
      if (!begun) return begun.error();
      put(batch_, store_->idempotency(), id, idempotency_value(joined(*begun, entry)));
    }
    if (!intent) return {};
    for (std::size_t place = 0; place < records.size(); ++place)
      remove(batch_, intended_key(intent->first + place));
    if (intent->is_last) remove(batch_, intent_key());
    return {};
  }

  void index(std::span<const EntityRef> entities, Position record) {
    make_entity_rows(entities, record, [this](std::string_view key, std::string_view row) {
      put(batch_, store_->entities(), key, row);
    });
  }

  void remove(rocksdb::WriteBatch& batch, const rocksdb::Slice& note) const {
    const auto status = batch.Delete(store_->notes(), note);
    ENSURE(status.ok(), "a batch without a size limit takes everything");
  }

  static void put(rocksdb::WriteBatch& batch, rocksdb::ColumnFamilyHandle* family, const rocksdb::Slice& key,
                  const rocksdb::Slice& value) {
    const auto status = batch.Put(family, key, value);
    ENSURE(status.ok(), "a batch without a size limit takes everything");
  }

  std::unique_ptr<RocksStore> store_;
  RocksMode mode_;
  RocksFaults faults_;
  std::atomic<bool> failed_ = false;

  const UseSegments segments_;
  std::uint64_t indexed_at_opening_ = 0;

  // The writer's, one call at a time.
  AppendPlan plan_;
  rocksdb::WriteBatch batch_;

  mutable std::mutex mutex_;  // never held across I/O; guards what follows, which the writer alone changes
  LogEnd end_;
  MerkleFrontier frontier_;

  Archiving archiving_;
  std::unique_ptr<UseIndexer> indexer_;  // none if the log is only read; ends before the store does
};

}  // namespace

Result<std::unique_ptr<ArchivableLog>> open_rocks_log(const std::filesystem::path& path, RocksMode mode,
                                                      RocksSettings settings) {
  auto store = RocksStore::open(path, mode, settings.archive);
  if (!store) return store.error();
  auto log = std::make_unique<RocksLog>(std::move(*store), mode, std::move(settings));
  if (auto loaded = log->load(); !loaded) return loaded.error();
  return std::unique_ptr<ArchivableLog>(std::move(log));
}

}  // namespace keyledger::ledger
