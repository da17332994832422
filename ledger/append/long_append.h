// PartwiseAppend: the LongAppend of a log on this machine. Internal to ledger/.
#pragma once

#include <span>
#include <vector>

#include "ledger/append/prepared_records.h"
#include "ledger/event_log.h"

namespace keyledger::ledger {

// A log that can append prepared records.
class PreparedLog {
 public:
  // Appends like Log::append(). `prepared` must be made from the same records.
  virtual Appended append_prepared(Position expected_end, std::span<Record> records,
                                   PreparedRecords& prepared) = 0;

 protected:
  ~PreparedLog() = default;
};

class PartwiseAppend final : public LongAppend {
 public:
  // Prepares the parts, and gives way to other threads between two parts.
  PartwiseAppend(PreparedLog& log, std::span<const std::span<Record>> parts);

  std::span<const PreparedRecords> prepared() const { return prepared_; }

  Appended append_next(Position expected_end) override;

 private:
  PreparedLog& log_;
  std::vector<std::span<Record>> parts_;
  std::vector<PreparedRecords> prepared_;
  std::size_t next_ = 0;
};

}  // namespace keyledger::ledger
