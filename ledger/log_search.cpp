#include "ledger/log_search.h"

namespace keyledger::ledger {
namespace {

Result<std::optional<Record>> record_at(const Log& log, Position position) {
  auto cursor = log.read(position);
  if (!cursor) return cursor.error();
  return (*cursor)->next();
}

}  // namespace

Result<Position> first_position_since(const Log& log, Timestamp time, Position from) {
  // All records before `low` are earlier than `time`; no record from `high` on is.
  Position low = from;
  Position high = log.end().position.next();
  while (low < high) {
    const Position middle{low.value() + (high.value() - low.value()) / 2};
    const auto record = record_at(log, middle);
    if (!record) return record.error();
    ENSURE(record->has_value(), "the log does not shrink");
    if ((*record)->time < time) {
      low = last_position_of(**record).next();
    } else {
      high = (*record)->position;
    }
  }
  return low;
}

Result<LogHead> head_at(const Log& log, const LogIndex& index, Position position) {
  const auto record = record_at(log, position);
  if (!record) return record.error();
  ENSURE(record->has_value(), "the log holds this position");
  const std::uint64_t records = (*record)->index + 1;
  const auto root = index.root_at(records);
  if (!root) return root.error();
  return LogHead{
      .position = last_position_of(**record), .records = records, .time = (*record)->time, .root = *root};
}

}  // namespace keyledger::ledger
