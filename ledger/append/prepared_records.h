// PreparedRecords: encodes records before the append, so that the append is short. Internal to ledger/.
//
// During an append, all other appends have to wait. Only three numbers in the bytes of a record depend on the
// end of the log; the append fills in these numbers. One thread; for one append.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ledger/event_log.h"

namespace keyledger::ledger {

// The place of a part among the records of a long append.
struct Intent {
  std::uint64_t first = 0;  // number of the first record of the part, from 0
  bool is_last = false;     // true for the last part
};

class PreparedRecords {
 public:
  // Encodes the records. The append sets index, position and time later; until then the position is 1.
  explicit PreparedRecords(std::span<Record> records);

  std::size_t size() const { return records_.size(); }

  // Returns the bytes of the record at `place`, with index, position and time of `record` filled in.
  std::span<const std::uint8_t> bytes(std::size_t place, const Record& record);
  // Returns the bytes of the record at `place` without the three numbers.
  std::span<const std::uint8_t> bytes(std::size_t place) const;
  // Returns the entities of the record at `place`, ascending, each once.
  std::span<const EntityRef> entities(std::size_t place) const { return records_[place].entities; }

  // Nothing before number_intents().
  const std::optional<Intent>& intent() const { return intent_; }
  void set_intent(const Intent& intent) { intent_ = intent; }

 private:
  struct Prepared {
    std::size_t begin = 0;  // place of the record in bytes_
    std::size_t size = 0;
    std::vector<EntityRef> entities;
  };

  std::vector<std::uint8_t> bytes_;
  std::vector<Prepared> records_;
  std::optional<Intent> intent_;
};

// Sets the intent of each part. `parts` must be all parts of a long append, in order.
void number_intents(std::span<PreparedRecords> parts);

// Fails with kRecordTooLarge if a record of `parts` has more than `record_bytes_max` bytes.
Result<void> check_sizes(std::span<const PreparedRecords> parts, std::size_t record_bytes_max);

Error record_too_large(std::size_t bytes);

}  // namespace keyledger::ledger
