// PreparedRecords: what takes longest of an append, done before it.
//
// An append keeps all others waiting. The bytes of its records and the entities that they are about depend on
// the end of the log in three numbers only, which are filled in when it comes to that. Made and used by one
// thread; for one append.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ledger/event_log.h"

namespace keyledger::ledger {

class PreparedRecords {
 public:
  // Of records as they will be appended, but for index, position and time; the position is one for the time
  // being.
  explicit PreparedRecords(std::span<Record> records);

  std::size_t size() const { return records_.size(); }

  // The stored bytes of the record at `place`, which is given its index and position now.
  std::span<const std::uint8_t> bytes(std::size_t place, const Record& record);
  // Those that its events are about, ascending, each once.
  std::span<const EntityRef> entities(std::size_t place) const { return records_[place].entities; }

 private:
  struct Prepared {
    std::size_t begin = 0;  // of its bytes
    std::size_t size = 0;
    std::vector<EntityRef> entities;
  };

  std::vector<std::uint8_t> bytes_;
  std::vector<Prepared> records_;
};

}  // namespace keyledger::ledger
