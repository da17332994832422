// ManualClock: a clock moved only by the test. Any thread.
#pragma once

#include <atomic>

#include "ledger/values/timestamp.h"

namespace keyledger::tests {

class ManualClock {
 public:
  explicit ManualClock(ledger::Timestamp now) : now_(now.microseconds) {}

  ledger::Timestamp now() const { return ledger::Timestamp{now_.load()}; }
  void set(ledger::Timestamp time) { now_.store(time.microseconds); }
  void pass(std::int64_t microseconds) { now_.fetch_add(microseconds); }

  // Returns a clock. The returned clock must not outlive this object.
  ledger::Clock clock() const {
    return [this] { return now(); };
  }

 private:
  std::atomic<std::int64_t> now_;
};

}  // namespace keyledger::tests
