// PreparedRecords: what takes longest of an append, done before it. Internal to ledger/.
//
// An append keeps all others waiting. The bytes of its records and the entities that they are about depend on
// the end of the log in three numbers only, which are filled in when it comes to that. Made and used by one
// thread; for one append.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ledger/event_log.h"

namespace keyledger::ledger {

// The place of a part among the records of a long append.
struct Intent {
  std::uint64_t first = 0;  // the number of its first record, from 0
  bool is_last = false;     // no part comes after it
};

class PreparedRecords {
 public:
  // Of records as they will be appended, but for index, position and time; the position is one for the time
  // being.
  explicit PreparedRecords(std::span<Record> records);

  std::size_t size() const { return records_.size(); }

  // The stored bytes of the record at `place`, which is given its index and position now.
  std::span<const std::uint8_t> bytes(std::size_t place, const Record& record);
  // The same as it was prepared.
  std::span<const std::uint8_t> bytes(std::size_t place) const;
  // Those that its events are about, ascending, each once.
  std::span<const EntityRef> entities(std::size_t place) const { return records_[place].entities; }

  // Set by number_intents().
  const std::optional<Intent>& intent() const { return intent_; }
  void set_intent(const Intent& intent) { intent_ = intent; }

 private:
  struct Prepared {
    std::size_t begin = 0;  // of its bytes
    std::size_t size = 0;
    std::vector<EntityRef> entities;
  };

  std::vector<std::uint8_t> bytes_;
  std::vector<Prepared> records_;
  std::optional<Intent> intent_;
};

// Tells each of `parts`, which are all of a long append in their order, its place.
void number_intents(std::span<PreparedRecords> parts);

// kRecordTooLarge if a record of `parts` has more than `record_bytes_max` bytes.
Result<void> check_sizes(std::span<const PreparedRecords> parts, std::size_t record_bytes_max);

Error record_too_large(std::size_t bytes);

}  // namespace keyledger::ledger
