#include "ledger/rocks/cursor.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/append/plan.h"
#include "ledger/rocks/row_keys.h"

namespace keyledger::ledger {
namespace {

std::span<const std::uint8_t> bytes_of(const rocksdb::Slice& slice) {
  return {reinterpret_cast<const std::uint8_t*>(slice.data()), slice.size()};
}

Error corrupt_at(Position position, std::string_view what) {
  return {ErrorCode::kCorruptRecord, fmt::format("at position {}: {}", position.value(), what)};
}

}  // namespace

RocksCursor::RocksCursor(std::unique_ptr<rocksdb::Iterator> records, ArchiveReader archive, Position end)
    : records_(std::move(records)), archive_(std::move(archive)), end_(end) {}

std::unique_ptr<RocksCursor> RocksCursor::make(const RocksStore& store, Position end) {
  // The iterator must be made before the reader of the archive, because the iterator still sees records moved
  // into the archive later, and the reader sees all records moved earlier.
  auto records = store.iterate(store.records());
  return std::unique_ptr<RocksCursor>(new RocksCursor(std::move(records), store.archive().reader(), end));
}

void RocksCursor::seek(Position position) {
  wanted_ = position;
  next_index_.reset();
  is_placed_ = false;
}

Result<std::optional<Record>> RocksCursor::next() {
  if (wanted_ > end_) return std::optional<Record>{};
  return archive_.holds(wanted_) ? next_archived() : next_stored();
}

Result<std::optional<Record>> RocksCursor::next_stored() {
  if (is_placed_) {
    records_->Next();
  } else {
    records_->SeekForPrev(record_key(wanted_));
  }
  if (!records_->status().ok()) return read_error(records_->status());
  if (!records_->Valid()) return corrupt_at(wanted_, "the record is missing");
  is_placed_ = true;
  bytes_ = bytes_of(records_->value());
  return checked(decoder_.decode(bytes_), position_from(records_->key().ToStringView()));
}

Result<std::optional<Record>> RocksCursor::next_archived() {
  const auto found = archive_.record_holding(wanted_);
  if (!found) return found.error();
  bytes_ = found->bytes;
  return checked(decoder_.decode(bytes_), found->position);
}

Result<std::optional<Record>> RocksCursor::checked(Result<Record>&& decoded,
                                                   std::optional<Position> stands_at) {
  if (!decoded) {
    return Error{decoded.error().code,
                 fmt::format("at position {}: {}", wanted_.value(), decoded.error().detail)};
  }
  Record& record = *decoded;
  if (stands_at != record.position) {
    return corrupt_at(wanted_, "the record is one of another position");
  }
  const Position last = last_position_of(record);
  // The first record may begin before the wanted position. Each further record must begin after the
  // last event of the record before.
  const bool follows =
      next_index_ ? record.position == wanted_ && record.index == *next_index_ : last >= wanted_;
  if (!follows) return corrupt_at(wanted_, "the record is missing");
  next_index_ = record.index + 1;
  wanted_ = last.next();
  return std::optional(std::move(record));
}

std::unique_ptr<RecordCursor> make_rocks_cursor(const RocksStore& store, Position from, Position end) {
  auto cursor = RocksCursor::make(store, end);
  cursor->seek(std::max(from, kBeforeFirst.next()));
  return cursor;
}

}  // namespace keyledger::ledger
