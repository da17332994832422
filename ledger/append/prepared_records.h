// PreparedRecords: what takes longest of an append, done before it.
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

// Where records are among those that a log was told to intend, all of which will be appended.
struct Intent {
  std::uint64_t first = 0;  // the number of the first of them
  bool is_last = false;     // nothing that is intended comes behind them
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

  // Set by the log, in intend().
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

// Of all `parts` of one intent, in their order.
void number_intents(std::span<PreparedRecords> parts);

// kRecordTooLarge if a record of `parts` has more than `record_bytes_max` bytes.
Result<void> check_sizes(std::span<const PreparedRecords> parts, std::size_t record_bytes_max);

Error record_too_large(std::size_t bytes);

}  // namespace keyledger::ledger
