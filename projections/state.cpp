#include "projections/state.h"

#include <algorithm>
#include <vector>

#include "projections/new_keys.h"

namespace keyledger::projections {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every fold

namespace {

UseBlock* mutable_uses_of(Event& event) {
  if (auto* used = std::get_if<KeysUsed>(&event)) return &used->block;
  if (auto* denied = std::get_if<UsesDenied>(&event)) return &denied->block;
  return nullptr;
}

// Returns the last position of `record` within the limit, or the position before the record if the whole
// record lies after the limit.
Position last_within(const Record& record, const FoldLimit& limit) {
  Position last = std::min(last_position_of(record), limit.position);
  const UseBlock* block = record.events.size() == 1 ? uses_of(record.events.front()) : nullptr;
  if (block == nullptr) {
    return record.time <= limit.time ? last : Position{record.position.value() - 1};
  }
  const auto past = std::find_if(block->uses.begin(), block->uses.end(),
                                 [&](const Use& use) { return use.time > limit.time; });
  const auto within = static_cast<std::uint64_t>(past - block->uses.begin());
  return std::min(last, Position{record.position.value() + within - 1});
}

// Reads records in batches, because a State folds several records quicker than one after the other.
class BatchReader {
 public:
  BatchReader(RecordCursor& cursor, const FoldLimit& limit, const FoldWatch& watch)
      : cursor_(cursor), limit_(limit), watch_(watch) {}

  // Reads at most `records_max` records. records() holds them afterwards, even after an error.
  Result<FoldProgress> read(std::size_t records_max) {
    records_.clear();
    is_step_over_ = false;
    for (std::uint64_t positions = 0;
         records_.size() < records_max && positions < kPositionsAtOnce && !is_step_over_;) {
      auto next = cursor_.next();
      if (!next) return next.error();
      if (!next->has_value()) return FoldProgress::kDone;
      Record& record = **next;
      const Position within = last_within(record, limit_);
      if (within < record.position) return FoldProgress::kDone;
      if (watch_.read) {
        const auto after = watch_.read(record, cursor_.bytes());
        if (!after) return after.error();
        is_step_over_ = *after == AfterRecord::kEndStep;
      }
      const bool is_whole = within == last_position_of(record);
      records_.push_back(is_whole ? std::move(record) : cut_after(std::move(record), within));
      last_ = within;
      if (!is_whole || within == limit_.position) return FoldProgress::kDone;
      positions += positions_of(records_.back());
    }
    return FoldProgress::kMore;
  }

  std::span<const Record> records() const { return records_; }
  // The last position that was read.
  Position last() const { return last_; }
  bool is_step_over() const { return is_step_over_; }

 private:
  RecordCursor& cursor_;
  const FoldLimit& limit_;
  const FoldWatch& watch_;
  std::vector<Record> records_;
  Position last_;
  bool is_step_over_ = false;  // watch_ ended the step with the last record
};

template <typename Fold>
Result<FoldProgress> fold_step(BatchReader& reader, std::size_t records_max, Fold& fold) {
  while (records_max > 0) {
    const auto read = reader.read(records_max);
    // Records before an unreadable one are folded all the same.
    if (auto done = fold.apply(reader.records()); !done) return done.error();
    if (!read || *read == FoldProgress::kDone || reader.is_step_over()) return read;
    records_max -= reader.records().size();
  }
  return FoldProgress::kMore;
}

}  // namespace

Result<void> State::apply(std::span<const Record> records) {
  if (auto done = catalog.apply(records); !done) return done;
  return access.apply(records);
}

Hash state_digest_of(const Catalog& catalog, const Access& access) {
  FieldHasher hasher;
  hasher.add(access.position());
  catalog.add_to(hasher);
  access.add_to(hasher);
  return hasher.finish();
}

Record cut_after(Record record, Position last) {
  ENSURE(record.position <= last, "a record is cut after its beginning");
  std::uint64_t room = last.value() - record.position.value() + 1;
  std::size_t kept = 0;
  while (kept < record.events.size() && room > 0) {
    Event& event = record.events[kept++];
    const std::uint64_t size = positions_of(event);
    if (size > room) mutable_uses_of(event)->uses.resize(room);
    room -= std::min(size, room);
  }
  record.events.resize(kept);
  return record;
}

template <typename Fold>
Result<FoldProgress> fold_some(RecordCursor& cursor, const FoldLimit& limit, std::size_t records_max,
                               Fold& fold) {
  const FoldWatch unwatched;
  BatchReader reader(cursor, limit, unwatched);
  return fold_step(reader, records_max, fold);
}

template <typename Fold>
Result<FoldProgress> fold_log(const Log& log, Position after, const FoldLimit& limit, Fold& fold,
                              const FoldWatch& watch) {
  constexpr std::size_t kRecordsPerStep = 1'024;
  if (limit.position <= after) return FoldProgress::kDone;
  const auto cursor = log.read(after.next());
  if (!cursor) return cursor.error();
  BatchReader reader(**cursor, limit, watch);
  for (;;) {
    if (watch.stop.stop_requested()) return FoldProgress::kMore;
    const auto step = fold_step(reader, kRecordsPerStep, fold);
    if (!step) return step;
    if (watch.folded && reader.last() > after) watch.folded(reader.last());
    if (*step == FoldProgress::kDone) return step;
    after = reader.last();
  }
}

template Result<FoldProgress> fold_some(RecordCursor&, const FoldLimit&, std::size_t, State&);
template Result<FoldProgress> fold_some(RecordCursor&, const FoldLimit&, std::size_t, Access&);
template Result<FoldProgress> fold_some(RecordCursor&, const FoldLimit&, std::size_t, Catalog&);
template Result<FoldProgress> fold_log(const Log&, Position, const FoldLimit&, State&, const FoldWatch&);
template Result<FoldProgress> fold_log(const Log&, Position, const FoldLimit&, Access&, const FoldWatch&);
template Result<FoldProgress> fold_log(const Log&, Position, const FoldLimit&, Catalog&, const FoldWatch&);

}  // namespace keyledger::projections
