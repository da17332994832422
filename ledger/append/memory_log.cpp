#include "ledger/append/memory_log.h"

#include <algorithm>
#include <deque>
#include <mutex>
#include <optional>
#include <string>

#include "ledger/append/folded_index.h"
#include "ledger/append/follower.h"
#include "ledger/append/long_append.h"
#include "ledger/append/plan.h"
#include "ledger/codec/record_codec.h"

namespace keyledger::ledger {
namespace {

struct Stored {
  Position last;
  std::vector<std::uint8_t> bytes;
};

// The records; records are only added. Elements of a deque never move, so a record found under the lock can
// be read without the lock.
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

  // Returns the index of the record with `position`, or the number of records.
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

class MemoryCursor final : public RecordCursor {
 public:
  MemoryCursor(const Shelf& shelf, std::uint64_t next, std::uint64_t end)
      : shelf_(shelf), next_(next), end_(end) {}

  Result<std::optional<Record>> next() override {
    if (next_ == end_) return std::optional<Record>{};
    bytes_ = shelf_.at(next_++).bytes;
    auto record = decode_record(bytes_);
    if (!record) return record.error();
    return std::optional(std::move(*record));
  }

  std::span<const std::uint8_t> bytes() const override { return bytes_; }

 private:
  const Shelf& shelf_;
  std::uint64_t next_;
  std::uint64_t end_;
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

  LogHead head() const override { return index_.head(); }

  Result<std::unique_ptr<RecordCursor>> read(Position from) const override {
    const LogEnd now = end();
    if (now.position.next() < from) {
      return Error{ErrorCode::kNoSuchPosition, "position " + std::to_string(from.value())};
    }
    return std::unique_ptr<RecordCursor>(
        std::make_unique<MemoryCursor>(shelf_, shelf_.holding(from), now.records));
  }

  Result<std::unique_ptr<LogFollower>> follow(Position from) const override {
    return make_follower(*this, from, [this](Position position, const std::stop_token& stop) {
      std::unique_lock lock(mutex_);
      end_moved_.wait(lock, stop, [&] { return position <= end_.position; });
    });
  }

  Result<std::unique_ptr<RecordCursor>> read_entities(std::span<const EntityRef> entities, UsesInHistory uses,
                                                      Position from) const override {
    return index_.read_entities(entities, uses, from);
  }

  Result<std::optional<IdempotencyEntry>> find_idempotent(std::string_view id) const override {
    return index_.find_idempotent(id);
  }

  Result<Hash> root_at(std::uint64_t records) const override { return index_.root_at(records); }

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
          {ErrorCode::kHeadMoved, "the log is at position " + std::to_string(before.position.value())});
    }
    plan_.begin(before, frontier_);
    ENSURE(prepared == nullptr || prepared->size() == records.size(),
           "what was prepared is what is appended");
    std::vector<Stored> stored;
    stored.reserve(records.size());
    for (std::size_t place = 0; place < records.size(); ++place) {
      const auto added = plan_.add(records[place], prepared, place);
      if (!added) return not_done(added.error());
      stored.push_back({.last = plan_.end().position, .bytes = {added->bytes.begin(), added->bytes.end()}});
    }
    for (Stored& record : stored) shelf_.add(std::move(record));
    frontier_ = plan_.frontier();
    {
      const std::lock_guard lock(mutex_);
      end_ = plan_.end();
      end_moved_.note();
    }
    for (const Record& record : records) index_.fold(record, shelf_.at(record.index).bytes);
    return plan_.end();
  }

  Shelf shelf_;

  AppendPlan plan_;           // only used by append()
  MerkleFrontier frontier_;   // only used by append()
  FoldedIndex index_{*this};  // may lag behind the end of the log during an append

  mutable std::mutex mutex_;  // guards everything below
  LogEnd end_{.position = kBeforeFirst, .records = 0, .time = {}};
  mutable EndSignal end_moved_;
};

}  // namespace

std::unique_ptr<IndexedLog> make_memory_log() { return std::make_unique<MemoryLog>(); }

}  // namespace keyledger::ledger
