#include "ledger/append/memory_log.h"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "ledger/append/long_append.h"
#include "ledger/append/plan.h"
#include "ledger/codec/record_codec.h"

namespace keyledger::ledger {
namespace {

struct Stored {
  Position last;
  std::vector<std::uint8_t> bytes;
  Hash root{};  // of the tree that ends with this record
};

// The records, only ever added to. A deque, because its elements stay where they are: once found under the
// lock, a record can be read without it.
class Shelf {
 public:
  void add(Stored stored) {
    const std::lock_guard lock(mutex_);
    records_.push_back(std::move(stored));
  }

  const Stored& at(std::uint64_t index) const {
    const std::lock_guard lock(mutex_);
    return records_.at(index);
  }

  // The index of the record that holds `position`, or the number of records.
  std::uint64_t holding(Position position) const {
    const std::lock_guard lock(mutex_);
    const auto found =
        std::lower_bound(records_.begin(), records_.end(), position,
                         [](const Stored& stored, Position wanted) { return stored.last < wanted; });
    return static_cast<std::uint64_t>(found - records_.begin());
  }

 private:
  mutable std::mutex mutex_;
  std::deque<Stored> records_;
};

// Whose history a cursor gives; nothing: every record.
struct Wanted {
  std::vector<EntityRef> entities;  // sorted
  UsesInHistory uses;
};

class MemoryCursor final : public RecordCursor {
 public:
  MemoryCursor(const Shelf& shelf, std::uint64_t next, std::uint64_t end, std::optional<Wanted> wanted)
      : shelf_(shelf), next_(next), end_(end), wanted_(std::move(wanted)) {}

  Result<std::optional<Record>> next() override {
    while (next_ < end_) {
      bytes_ = shelf_.at(next_++).bytes;
      auto record = decode_record(bytes_);
      if (!record) return record.error();
      if (wanted_ && !is_in_history(*record, wanted_->entities, wanted_->uses)) continue;
      return std::optional(std::move(*record));
    }
    return std::optional<Record>{};
  }

  std::span<const std::uint8_t> bytes() const override { return bytes_; }

 private:
  const Shelf& shelf_;
  std::uint64_t next_;
  std::uint64_t end_;
  std::optional<Wanted> wanted_;
  std::span<const std::uint8_t> bytes_;
};

class MemoryLog final : public IndexedLog, private PreparedLog {
 public:
  Appended append(Position expected_end, std::span<Record> records) override {
    return append(expected_end, records, nullptr);
  }

  Result<std::unique_ptr<LongAppend>, AppendFailure> begin_long(
      std::span<const std::span<Record>> parts) override {
    auto append = std::make_unique<PartwiseAppend>(static_cast<PreparedLog&>(*this), parts);
    if (auto sized = check_sizes(append->prepared(), kNewRecordBytesMax); !sized)
      return not_done(sized.error());
    return std::unique_ptr<LongAppend>(std::move(append));
  }

  Result<void, AppendFailure> sync() override { return {}; }

  LogEnd end() const override {
    const std::lock_guard lock(mutex_);
    return end_;
  }

  LogHead head() const override {
    const std::lock_guard lock(mutex_);
    return {.position = end_.position, .records = end_.records, .time = end_.time, .root = frontier_.root()};
  }

  Result<std::unique_ptr<RecordCursor>> read(Position from) const override {
    return cursor(from, std::nullopt);
  }

  Result<std::unique_ptr<RecordCursor>> read_entities(std::span<const EntityRef> entities, UsesInHistory uses,
                                                      Position from) const override {
    Wanted wanted{{entities.begin(), entities.end()}, uses};
    std::sort(wanted.entities.begin(), wanted.entities.end());
    return cursor(from, std::move(wanted));
  }

  Result<std::optional<IdempotencyEntry>> find_idempotent(std::string_view id) const override {
    const std::lock_guard lock(mutex_);
    const auto found = idempotent_.find(id);
    if (found == idempotent_.end()) return std::optional<IdempotencyEntry>{};
    return std::optional(found->second);
  }

  Result<Hash> root_at(std::uint64_t records) const override {
    if (records > end().records) {
      return Error{ErrorCode::kNoSuchPosition,
                   "there are fewer than " + std::to_string(records) + " records"};
    }
    return records == 0 ? MerkleFrontier{}.root() : shelf_.at(records - 1).root;
  }

 private:
  static AppendFailure not_done(Error why) { return {AppendFailure::Outcome::kNotDone, std::move(why)}; }

  Appended append_prepared(Position expected_end, std::span<Record> records,
                           PreparedRecords& prepared) override {
    return append(expected_end, records, &prepared);
  }

  Appended append(Position expected_end, std::span<Record> records, PreparedRecords* prepared) {
    const LogEnd before = end();
    if (expected_end != before.position) {
      return not_done(
          {ErrorCode::kHeadMoved, "it is at position " + std::to_string(before.position.value())});
    }
    plan_.begin(before, frontier_);
    ENSURE(prepared == nullptr || prepared->size() == records.size(),
           "what was prepared is what is appended");
    std::vector<Stored> stored;
    stored.reserve(records.size());
    for (std::size_t place = 0; place < records.size(); ++place) {
      const auto added = plan_.add(records[place], prepared, place);
      if (!added) return not_done(added.error());
      // Every size of the tree has a root that may be asked for.
      stored.push_back({.last = plan_.end().position,
                        .bytes = {added->bytes.begin(), added->bytes.end()},
                        .root = plan_.frontier().root()});
    }
    for (Stored& record : stored) shelf_.add(std::move(record));
    const std::lock_guard lock(mutex_);
    for (const auto& [id, entry] : plan_.idempotent()) {
      std::optional<IdempotencyEntry> begun;
      if (const auto known = idempotent_.find(id); goes_on(prepared) && known != idempotent_.end())
        begun = known->second;
      idempotent_.insert_or_assign(id, joined(begun, entry));
    }
    frontier_ = plan_.frontier();
    return end_ = plan_.end();
  }

  Result<std::unique_ptr<RecordCursor>> cursor(Position from, std::optional<Wanted> wanted) const {
    const LogEnd now = end();
    if (now.position.next() < from) {
      return Error{ErrorCode::kNoSuchPosition, "position " + std::to_string(from.value())};
    }
    return std::unique_ptr<RecordCursor>(
        std::make_unique<MemoryCursor>(shelf_, shelf_.holding(from), now.records, std::move(wanted)));
  }

  Shelf shelf_;

  AppendPlan plan_;  // the writer's, one call at a time

  mutable std::mutex mutex_;  // guards what follows
  LogEnd end_{.position = kBeforeFirst, .records = 0, .time = {}};
  MerkleFrontier frontier_;
  std::map<std::string, IdempotencyEntry, std::less<>> idempotent_;
};

}  // namespace

std::unique_ptr<IndexedLog> make_memory_log() { return std::make_unique<MemoryLog>(); }

}  // namespace keyledger::ledger
