#include "projections/state.h"

#include <algorithm>

#include "projections/new_keys.h"

namespace keyledger::projections {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every fold

namespace {

UseBlock* mutable_uses_of(Event& event) {
  if (auto* used = std::get_if<KeysUsed>(&event)) return &used->block;
  if (auto* denied = std::get_if<UsesDenied>(&event)) return &denied->block;
  return nullptr;
}

// Returns the last position of `record` within the limit, or the position before the record if none is.
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

Result<FoldProgress> read_some(RecordCursor& cursor, const FoldLimit& limit, std::size_t records_max,
                               std::vector<Record>& records) {
  for (std::uint64_t positions = 0; records.size() < records_max && positions < kPositionsAtOnce;) {
    auto next = cursor.next();
    if (!next) return next.error();
    if (!next->has_value()) return FoldProgress::kDone;
    Record& record = **next;
    const Position within = last_within(record, limit);
    if (within < record.position) return FoldProgress::kDone;
    const bool is_whole = within == last_position_of(record);
    records.push_back(is_whole ? std::move(record) : cut_after(std::move(record), within));
    if (!is_whole) return FoldProgress::kDone;
    positions += positions_of(records.back());
  }
  return FoldProgress::kMore;
}

template <typename Fold>
Result<FoldProgress> fold_some(RecordCursor& cursor, const FoldLimit& limit, std::size_t records_max,
                               Fold& fold) {
  for (std::vector<Record> records; records_max > 0; records.clear()) {
    const auto read = read_some(cursor, limit, records_max, records);
    records_max -= records.size();
    // Records read before an unreadable record are folded all the same.
    if (auto done = fold.apply(records); !done) return done.error();
    if (!read || *read == FoldProgress::kDone) return read;
  }
  return FoldProgress::kMore;
}

template Result<FoldProgress> fold_some(RecordCursor&, const FoldLimit&, std::size_t, State&);
template Result<FoldProgress> fold_some(RecordCursor&, const FoldLimit&, std::size_t, Access&);
template Result<FoldProgress> fold_some(RecordCursor&, const FoldLimit&, std::size_t, Catalog&);

}  // namespace keyledger::projections
