#include "ledger/rocks/log.h"

#include <fmt/format.h>
#include <rocksdb/write_batch.h>

#include <atomic>
#include <filesystem>
#include <mutex>

#include "ledger/append/follower.h"
#include "ledger/append/long_append.h"
#include "ledger/append/plan.h"
#include "ledger/rocks/archiving.h"
#include "ledger/rocks/cursor.h"
#include "ledger/rocks/entity_index.h"
#include "ledger/rocks/history_cursor.h"
#include "ledger/rocks/index_check.h"
#include "ledger/rocks/intent_file.h"
#include "ledger/rocks/row_keys.h"
#include "ledger/rocks/store.h"
#include "ledger/rocks/tree.h"
#include "ledger/rocks/use_index.h"
#include "ledger/rocks/use_indexer.h"

namespace keyledger::ledger {
namespace {

rocksdb::Slice slice_of(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class RocksLog final : public ArchivableLog, private PreparedLog {
 public:
  RocksLog(std::unique_ptr<RocksStore> store, std::filesystem::path intent_path, RocksMode mode,
           RocksSettings settings)
      : store_(std::move(store)),
        intent_path_(std::move(intent_path)),
        mode_(mode),
        faults_(std::move(settings.faults)),
        segments_(settings.segment_bits),
        record_bytes_max_(settings.record_bytes_max),
        archiving_(*store_, *this, settings.archive_shape, std::move(settings.archive_faults)) {}

  Result<void> load() {
    auto loaded = read_end_of_log(*store_);
    if (!loaded) return loaded.error();
    frontier_ = std::move(loaded->frontier);
    end_ = loaded->end;
    const auto indexed = count_indexed(*store_, segments_);
    if (!indexed) return indexed.error();
    indexed_at_opening_ = *indexed;
    // Even a log that is only read checks the file, because a damaged file must be refused.
    auto intended = read_intent(intent_path_);
    if (!intended) return intended.error();
    if (auto fits = check_intent(*intended); !fits) return fits;
    if (mode_ == RocksMode::kRead) return {};
    if (auto named = name_ledger(); !named) return named;
    indexer_ = std::make_unique<UseIndexer>(*store_, segments_, *indexed, end_.position);
    return *intended ? finish(**std::move(intended)) : Result<void>();
  }

  Appended append(Position expected_end, std::span<Record> records) override {
    return append_up_to(record_bytes_max_, expected_end, records, nullptr);
  }

  Result<std::unique_ptr<LongAppend>, AppendFailure> begin_long(
      std::span<const std::span<Record>> parts) override {
    auto append = std::make_unique<PartwiseAppend>(static_cast<PreparedLog&>(*this), parts);
    if (auto sized = check_sizes(append->prepared(), record_bytes_max_); !sized)
      return not_done(sized.error());
    if (parts.size() > 1) {
      if (auto intended = intend(append->prepared()); !intended) return intended.error();
    }
    return std::unique_ptr<LongAppend>(std::move(append));
  }

  Result<void, AppendFailure> sync() override {
    const std::uint64_t intent = intent_appended_;
    if (auto synced = sync_records(); !synced) return synced;
    remove_appended_intent(intent);
    // A write failed during the sync, and the caller may expect this write on the disk.
    if (failed_) return AppendFailure{AppendFailure::Outcome::kUncertain, an_earlier_failure()};
    return {};
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

  Result<std::unique_ptr<LogFollower>> follow(Position from) const override {
    return make_follower(*this, from, [this](Position position, const std::stop_token& stop) {
      std::unique_lock lock(mutex_);
      end_moved_.wait(lock, stop, [&] { return position <= end_.position; });
    });
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
    if (!entry) return Error{ErrorCode::kCorruptDatabase, "an idempotency entry is damaged"};
    return entry;
  }

  Result<Hash> root_at(std::uint64_t records) const override {
    const LogHead now = head();
    if (records > now.records) {
      return Error{ErrorCode::kNoSuchPosition, fmt::format("the log has fewer than {} records", records)};
    }
    if (records == now.records) return now.root;
    const auto frontier = read_frontier(*store_, records, now.position);
    if (!frontier) return frontier.error();
    return frontier->root();
  }

  Result<std::optional<ArchivedAmount>> archivable(Timestamp before) const override {
    return archiving_.movable(before);
  }

  std::unique_ptr<IndexCheck> begin_index_check() const override {
    const std::uint64_t indexed = indexer_ ? indexer_->indexed() : indexed_at_opening_;
    return make_rocks_index_check(*store_, segments_, indexed, end());
  }

  bool names_its_ledger() const override { return store_->binding().ledger_id.has_value(); }

  Result<std::optional<ArchivedAmount>> archive_oldest(Timestamp before,
                                                       const std::stop_token& stop) override {
    if (mode_ == RocksMode::kRead) return only_to_read();
    if (failed_) return an_earlier_failure();
    auto moved = archiving_.move(before, stop);
    if (!moved && moved.error().code == ErrorCode::kWriteFailed) failed_ = true;
    return moved;
  }

 private:
  static Error only_to_read() { return {ErrorCode::kWriteFailed, "the ledger is open for reading only"}; }

  static Error an_earlier_failure() { return {ErrorCode::kWriteFailed, "an earlier write failed"}; }

  static Error no_such_position(Position position) {
    return {ErrorCode::kNoSuchPosition, fmt::format("position {}", position.value())};
  }

  static AppendFailure not_done(Error why) { return {AppendFailure::Outcome::kNotDone, std::move(why)}; }

  AppendFailure fail(std::string detail) {
    failed_ = true;
    return {AppendFailure::Outcome::kUncertain, {ErrorCode::kWriteFailed, std::move(detail)}};
  }

  Result<void, AppendFailure> make_ready(RocksOperation operation) {
    if (mode_ == RocksMode::kRead) return not_done(only_to_read());
    if (failed_) {
      // The records to sync are in the log already.
      const bool syncs = operation == RocksOperation::kSync;
      return AppendFailure{syncs ? AppendFailure::Outcome::kUncertain : AppendFailure::Outcome::kNotDone,
                           an_earlier_failure()};
    }
    if (faults_ && faults_(operation)) return fail("a fault was injected");
    return {};
  }

  Result<void, AppendFailure> sync_records() {
    if (auto ready = make_ready(RocksOperation::kSync); !ready) return ready.error();
    if (const auto synced = store_->db().SyncWAL(); !synced.ok()) return fail(synced.ToString());
    return {};
  }

  // Writes the intent. The intent names the present end of the log; therefore the records up to the end are
  // synced first: a power cut must not leave an intent after an end that the log has not.
  Result<void, AppendFailure> intend(std::span<const PreparedRecords> parts) {
    const LogHead before = head();
    if (auto synced = sync_records(); !synced) return synced.error();
    if (auto ready = make_ready(RocksOperation::kIntend); !ready) return ready.error();
    const std::lock_guard lock(intent_mutex_);
    const auto checksum = write_intent(intent_path_, {ledger_id(), before}, parts);
    if (!checksum) return fail(checksum.error().detail);
    open_append_ = {.records_before = before.records, .after = before.position, .checksum = *checksum};
    for (const PreparedRecords& part : parts) open_append_.records += part.size();
    ++intent_written_;
    return {};
  }

  const boost::uuids::uuid& ledger_id() const { return store_->archive().place().ledger_id; }

  // Writes the ledger's id into the database, synced. A database without records may have the id of a ledger
  // whose making was interrupted.
  Result<void> name_ledger() {
    if (ledger_id().is_nil() || store_->binding().ledger_id == ledger_id()) return {};
    rocksdb::WriteBatch batch;
    put(batch, store_->archived(), ledger_id_key(), ledger_id_value(ledger_id()));
    rocksdb::WriteOptions options;
    options.sync = true;
    const auto written = store_->db().Write(options, &batch);
    if (!written.ok()) return Error{ErrorCode::kWriteFailed, written.ToString()};
    return {};
  }

  // Checks that the file of an intent is the file that the log needs, and belongs to this log.
  Result<void> check_intent(const std::optional<IntendedRecords>& intended) const {
    const auto& open = store_->binding().open_append;
    const auto refused = [&](ErrorCode code, std::string_view what) {
      return Error{code, fmt::format("{}: {}", intent_path_.string(), what)};
    };
    if (open && !intended) {
      return refused(ErrorCode::kCorruptDatabase,
                     fmt::format("the file is missing, and the log ends inside an append of {} records that "
                                 "begins after position {}",
                                 open->records, open->after.value()));
    }
    if (!intended) return {};
    if (intended->is_bound && intended->place.ledger_id != ledger_id())
      return refused(ErrorCode::kForeignPart, "the file belongs to another ledger");
    if (open && open->checksum != intended->checksum) {
      return refused(ErrorCode::kCorruptDatabase,
                     "the file is not that of the append inside which the log ends");
    }
    if (!intended->is_bound) return {};
    const auto root = root_at(intended->place.before.records);
    if (!root && root.error().code != ErrorCode::kNoSuchPosition) return root.error();
    if (!root || *root != intended->place.before.root) {
      return refused(ErrorCode::kCorruptDatabase,
                     "the file is that of an append to another log, or the log ends before the append");
    }
    return {};
  }

  // Removes the intent with this number, unless a later intent has taken its place or the file is gone.
  void remove_appended_intent(std::uint64_t intent) {
    const std::lock_guard lock(intent_mutex_);
    if (intent == intent_removed_ || intent != intent_written_) return;
    remove_intent(intent_path_);
    intent_removed_ = intent;
  }

  Result<void, AppendFailure> write(rocksdb::WriteBatch& batch) {
    const auto written = store_->db().Write(rocksdb::WriteOptions(), &batch);
    if (!written.ok()) return fail(written.ToString());
    return {};
  }

  Appended append_prepared(Position expected_end, std::span<Record> records,
                           PreparedRecords& prepared) override {
    return append_up_to(record_bytes_max_, expected_end, records, &prepared);
  }

  Appended append_up_to(std::size_t record_bytes_max, Position expected_end, std::span<Record> records,
                        PreparedRecords* prepared) {
    if (auto ready = make_ready(RocksOperation::kAppend); !ready) return ready.error();
    const LogEnd before = end();
    if (expected_end != before.position) {
      return not_done(
          {ErrorCode::kHeadMoved, fmt::format("the log is at position {}", before.position.value())});
    }
    if (records.empty()) return before;
    plan_.begin(before, frontier_, record_bytes_max);
    if (auto filled = fill_batch(records, prepared); !filled) return not_done(filled.error());
    if (prepared != nullptr && prepared->intent()) note_open_append(prepared->intent()->is_last);
    if (auto written = write(batch_); !written) return written.error();
    indexer_->note_end(plan_.end().position);
    if (prepared != nullptr && prepared->intent() && prepared->intent()->is_last)
      intent_appended_ = intent_written_;
    const std::lock_guard lock(mutex_);
    frontier_ = plan_.frontier();
    end_ = plan_.end();
    end_moved_.note();
    return end_;
  }

  // Appends the remaining records of an intent, after the process of the intent has ended.
  Result<void> finish(IntendedRecords intended) {
    const std::span<Record> records(intended.records);
    const auto done = count_appended(intended);
    if (!done) return done.error();
    ++intent_written_;  // by an earlier process
    open_append_ = {.records_before = intended.place.before.records,
                    .after = intended.place.before.position,
                    .records = records.size(),
                    .checksum = intended.checksum};
    for (std::size_t i = *done; i < records.size(); ++i) {
      const LogEnd now = end();
      records[i].time = std::max(records[i].time, now.time);
      PreparedRecords prepared(records.subspan(i, 1));
      prepared.set_intent({.first = i, .is_last = i + 1 == records.size()});
      // The intent may come from an older version with larger records.
      const auto appended = append_up_to(kRecordBytesMax, now.position, records.subspan(i, 1), &prepared);
      if (!appended) return appended.error().why;
    }
    intent_appended_ = intent_written_;
    const auto synced = sync();
    return synced ? Result<void>() : synced.error().why;
  }

  // Returns the number of intended records in the log. Uses may lie between the records.
  Result<std::size_t> count_appended(const IntendedRecords& intended) const {
    std::size_t appended = 0;
    const auto cursor = read(intended.place.before.position.next());
    if (!cursor)
      return Error{ErrorCode::kCorruptDatabase, "the log ends before the position of the unfinished append"};
    while (appended < intended.records.size()) {
      auto record = (*cursor)->next();
      if (!record) return record.error();
      if (!record->has_value()) break;
      if (is_as_intended(**std::move(record), intended.records[appended])) ++appended;
    }
    return appended;
  }

  Result<void> fill_batch(std::span<Record> records, PreparedRecords* prepared) {
    // The memory of a big import is freed.
    constexpr std::size_t kBytesKeptMax = std::size_t{1} << 20;
    if (batch_.GetDataSize() > kBytesKeptMax) batch_ = rocksdb::WriteBatch();
    batch_.Clear();
    ENSURE(prepared == nullptr || prepared->size() == records.size(),
           "what was prepared is what is appended");
    for (std::size_t place = 0; place < records.size(); ++place) {
      Record& record = records[place];
      const auto added = plan_.add(record, prepared, place);
      if (!added) return added.error();
      put(batch_, store_->records(), record_key(record.position), slice_of(added->bytes));
      for (const MerkleNode& node : added->completed) {
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
    for (const auto& [id, entry] : plan_.idempotent()) {
      // Only the first id of an append can continue a command of an earlier append.
      Result<std::optional<IdempotencyEntry>> begun = std::optional<IdempotencyEntry>{};
      if (goes_on(prepared) && id == plan_.idempotent().front().first) begun = find_idempotent(id);
      if (!begun) return begun.error();
      put(batch_, store_->idempotency(), id, idempotency_value(joined(*begun, entry)));
    }
    return {};
  }

  // Adds the row of the open append to the batch. The batch of the last part removes the row.
  void note_open_append(bool is_last) {
    if (!is_last) return put(batch_, store_->archived(), open_append_key(), open_append_value(open_append_));
    const auto status = batch_.Delete(store_->archived(), open_append_key());
    ENSURE(status.ok(), "a batch without a size limit takes everything");
  }

  void index(std::span<const EntityRef> entities, Position record) {
    make_entity_rows(entities, record, [this](std::string_view key, std::string_view row) {
      put(batch_, store_->entities(), key, row);
    });
  }

  static void put(rocksdb::WriteBatch& batch, rocksdb::ColumnFamilyHandle* family, const rocksdb::Slice& key,
                  const rocksdb::Slice& value) {
    const auto status = batch.Put(family, key, value);
    ENSURE(status.ok(), "a batch without a size limit takes everything");
  }

  std::unique_ptr<RocksStore> store_;
  const std::filesystem::path intent_path_;
  // True if the log has all records of the intent, perhaps not yet on the disk. A sync comes before the next
  // intent.
  // Intents are numbered from 1. Only the appending thread writes an intent and appends its records, but any
  // thread may sync and then remove the file.
  std::mutex intent_mutex_;           // guards the file, intent_removed_, and changes of intent_written_
  std::uint64_t intent_written_ = 0;  // read without the mutex by the appending thread
  std::uint64_t intent_removed_ = 0;
  std::atomic<std::uint64_t> intent_appended_ = 0;  // the last intent with all records in the log
  OpenAppend open_append_;                          // the last intent; used by the appending thread only
  RocksMode mode_;
  RocksFaults faults_;
  std::atomic<bool> failed_ = false;

  const UseSegments segments_;
  const std::size_t record_bytes_max_;
  std::uint64_t indexed_at_opening_ = 0;

  // Only used by appends, one after the other.
  AppendPlan plan_;
  rocksdb::WriteBatch batch_;

  mutable std::mutex mutex_;  // never held during I/O; guards everything below, up to archiving_
  LogEnd end_;
  MerkleFrontier frontier_;
  mutable EndSignal end_moved_;

  Archiving archiving_;
  std::unique_ptr<UseIndexer> indexer_;  // null if the log is only read; destroyed before the store
};

}  // namespace

Result<std::unique_ptr<ArchivableLog>> open_rocks_log(const std::filesystem::path& path, RocksMode mode,
                                                      RocksSettings settings) {
  auto store = RocksStore::open(path, mode, settings.archive);
  if (!store) return store.error();
  if ((*store)->binding().is_under_repair) return interrupted_repair(path);
  auto log =
      std::make_unique<RocksLog>(std::move(*store), path.string() + ".intent", mode, std::move(settings));
  if (auto loaded = log->load(); !loaded) return loaded.error();
  return std::unique_ptr<ArchivableLog>(std::move(log));
}

}  // namespace keyledger::ledger
