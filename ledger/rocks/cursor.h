// RocksCursor: reads the records of the RocksDB log in their order. Internal to ledger/rocks/.
//
// A cursor reads archived records from the archive's files, and continues in RocksDB. A cursor sees the
// records up to `end` and notices a missing record: if a record does not follow the record before, or if the
// log ends before `end`, next() fails with kCorruptRecord.
#pragma once

#include <rocksdb/iterator.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "ledger/codec/record_codec.h"
#include "ledger/event_log.h"
#include "ledger/rocks/archive.h"
#include "ledger/rocks/store.h"

namespace keyledger::ledger {

// One thread at a time. The store must outlive the cursor.
class RocksCursor final : public RecordCursor {
 public:
  // Returns a cursor. The caller must call seek() before the first next().
  static std::unique_ptr<RocksCursor> make(const RocksStore& store, Position end);

  // Makes the record that holds `position` the next record.
  void seek(Position position);

  Result<std::optional<Record>> next() override;
  std::span<const std::uint8_t> bytes() const override { return bytes_; }

 private:
  RocksCursor(std::unique_ptr<rocksdb::Iterator> records, ArchiveReader archive, Position end);

  Result<std::optional<Record>> next_stored();
  Result<std::optional<Record>> next_archived();
  Result<std::optional<Record>> checked(Result<Record>&& decoded, std::optional<Position> stands_at);

  std::unique_ptr<rocksdb::Iterator> records_;
  ArchiveReader archive_;
  RecordDecoder decoder_;
  std::span<const std::uint8_t> bytes_;
  Position end_;
  Position wanted_;                          // position held by the next record
  std::optional<std::uint64_t> next_index_;  // of the next record, after the first
  bool is_placed_ = false;                   // the iterator stands on the record before the next one
};

// Returns a cursor over all records from the record that holds `from` (or from the first record) to the
// record with its last event at `end`. The store must outlive the cursor.
std::unique_ptr<RecordCursor> make_rocks_cursor(const RocksStore& store, Position from, Position end);

}  // namespace keyledger::ledger
