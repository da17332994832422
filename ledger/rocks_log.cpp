#include "ledger/rocks_log.h"

#include <fmt/format.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <atomic>
#include <mutex>

#include "ledger/append_plan.h"
#include "ledger/codec.h"
#include "ledger/rocks_cursor.h"
#include "ledger/rocks_keys.h"
#include "ledger/rocks_store.h"
#include "ledger/rocks_tree.h"

namespace keyledger::ledger {
namespace {

rocksdb::Slice slice_of(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Which entities have an entry for the current chunk of uses. Forgetting is harmless: the entry is written
// again.
class EnteredChunks {
 public:
  // True if the entry is still to be written.
  bool enter(std::uint32_t number, std::uint64_t chunk) {
    // Numbers are dense; one beyond any ledger's must not take memory for all those below it.
    constexpr std::size_t kNumbersMax = std::size_t{1} << 27;
    if (number >= kNumbersMax) return true;
    if (number >= last_.size()) last_.resize(std::size_t{number} + 1 + number / 2);
    const auto mark = static_cast<std::uint32_t>(chunk + 1);
    return std::exchange(last_[number], mark) != mark;
  }

 private:
  std::vector<std::uint32_t> last_;  // by number: 1 + its last chunk, 0 for none
};

class RocksLog final : public EventLog {
 public:
  RocksLog(std::unique_ptr<RocksStore> store, RocksMode mode, RocksFaults faults)
      : store_(std::move(store)), mode_(mode), faults_(std::move(faults)) {}

  Result<void> load() {
    auto end = read_end_of_log(*store_);
    if (!end) return end.error();
    frontier_ = std::move(end->frontier);
    head_ = end->head;
    return {};
  }

  Result<LogHead> append(Position expected_head, std::span<Record> records) override {
    if (auto ready = make_ready(RocksOperation::kAppend); !ready) return ready.error();
    const LogHead before = head();
    if (expected_head != before.position) {
      return Error{ErrorCode::kHeadMoved, fmt::format("it is at position {}", before.position.value())};
    }
    if (records.empty()) return before;
    AppendPlan plan = plan_append(before, frontier_, records);
    if (auto written = write(batch_of(plan, records)); !written) return written.error();
    frontier_ = std::move(plan.frontier);
    const std::lock_guard lock(mutex_);
    return head_ = plan.head;
  }

  Result<void> remember(std::string_view id, const IdempotencyEntry& entry) override {
    if (auto ready = make_ready(RocksOperation::kAppend); !ready) return ready;
    rocksdb::WriteBatch batch;
    put(batch, store_->idempotency(), rocksdb::Slice(id.data(), id.size()), idempotency_value(entry));
    return write(std::move(batch));
  }

  Result<void> sync() override {
    if (auto ready = make_ready(RocksOperation::kSync); !ready) return ready;
    if (const auto synced = store_->db().SyncWAL(); !synced.ok()) return fail(synced.ToString());
    // A write that failed meanwhile may be among those that the caller means.
    return failed_ ? Result<void>(an_earlier_failure()) : Result<void>();
  }

  LogHead head() const override {
    const std::lock_guard lock(mutex_);
    return head_;
  }

  Result<std::unique_ptr<RecordCursor>> read(Position from) const override {
    const LogHead end = head();
    if (end.position.next() < from) return no_such_position(from);
    return make_rocks_cursor(*store_, from, end.position);
  }

  Result<std::unique_ptr<RecordCursor>> read_entities(std::span<const EntityRef> entities, UsesInHistory uses,
                                                      Position from) const override {
    const LogHead end = head();
    if (end.position.next() < from) return no_such_position(from);
    return make_rocks_history_cursor(*store_, entities, uses, from, end.position);
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
    const LogHead end = head();
    if (records > end.records) {
      return Error{ErrorCode::kNoSuchPosition, fmt::format("there are fewer than {} records", records)};
    }
    if (records == end.records) return end.root;
    const auto frontier = read_frontier(*store_, records, end.position);
    if (!frontier) return frontier.error();
    return frontier->root();
  }

 private:
  static Error an_earlier_failure() { return {ErrorCode::kWriteFailed, "an earlier write failed"}; }

  static Error no_such_position(Position position) {
    return {ErrorCode::kNoSuchPosition, fmt::format("position {}", position.value())};
  }

  Error fail(std::string detail) {
    failed_ = true;
    return {ErrorCode::kWriteFailed, std::move(detail)};
  }

  Result<void> make_ready(RocksOperation operation) {
    if (mode_ == RocksMode::kRead)
      return Error{ErrorCode::kWriteFailed, "the ledger is open to be read only"};
    if (failed_) return an_earlier_failure();
    if (faults_ && faults_(operation)) return fail("a fault was injected");
    return {};
  }

  Result<void> write(rocksdb::WriteBatch batch) {
    const auto written = store_->db().Write(rocksdb::WriteOptions(), &batch);
    if (!written.ok()) return fail(written.ToString());
    return {};
  }

  rocksdb::WriteBatch batch_of(const AppendPlan& plan, std::span<const Record> records) {
    rocksdb::WriteBatch batch;
    for (std::size_t i = 0; i < records.size(); ++i) {
      put(batch, store_->records(), record_key(records[i].position), slice_of(plan.leaves[i].bytes));
      for (const MerkleNode& node : plan.leaves[i].completed) {
        if (node.level < kStoredLevelMin) continue;
        put(batch, store_->merkle(), merkle_key(node.level, node.index),
            merkle_value({.hash = node.hash, .end = last_position_of(records[i]).next()}));
      }
      index_record(batch, records[i]);
    }
    for (const auto& [id, entry] : plan.idempotent)
      put(batch, store_->idempotency(), id, idempotency_value(entry));
    return batch;
  }

  void index_record(rocksdb::WriteBatch& batch, const Record& record) {
    std::vector<EntityRef> entities;
    Position position = record.position;
    for (const Event& event : record.events) {
      const std::vector<EntityRef> named = entities_of(event);
      entities.insert(entities.end(), named.begin(), named.end());
      if (const UseBlock* block = uses_of(event)) index_uses(batch, *block, position);
      position = Position{position.value() + positions_of(event)};
    }
    // An import names its account thousands of times.
    std::sort(entities.begin(), entities.end());
    entities.erase(std::unique(entities.begin(), entities.end()), entities.end());
    for (const EntityRef& entity : entities) {
      put(batch, store_->entities(), entity_key(EntityIndex::kEvents, entity, record.position.value()), {});
    }
  }

  void index_uses(rocksdb::WriteBatch& batch, const UseBlock& block, Position first) {
    const auto enter = [&](const EntityRef& entity, std::uint64_t chunk) {
      put(batch, store_->entities(), entity_key(EntityIndex::kUses, entity, chunk), {});
    };
    for (const Use& use : block.uses) {
      const std::uint64_t chunk = use_chunk_of(first);
      first = first.next();
      if (use.key != kNoKey && keys_entered_.enter(use.key.value(), chunk)) enter(ref(use.key), chunk);
      if (use.client != kNoClient && clients_entered_.enter(use.client.value(), chunk))
        enter(ref(use.client), chunk);
    }
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

  // The writer's, one call at a time.
  MerkleFrontier frontier_;
  EnteredChunks keys_entered_;
  EnteredChunks clients_entered_;

  mutable std::mutex mutex_;  // never held across I/O
  LogHead head_;              // guarded by mutex_
};

}  // namespace

Result<std::unique_ptr<EventLog>> open_rocks_log(const std::filesystem::path& path, RocksMode mode,
                                                 RocksFaults faults) {
  auto store = RocksStore::open(path, mode);
  if (!store) return store.error();
  auto log = std::make_unique<RocksLog>(std::move(*store), mode, std::move(faults));
  if (auto loaded = log->load(); !loaded) return loaded.error();
  return std::unique_ptr<EventLog>(std::move(log));
}

}  // namespace keyledger::ledger
