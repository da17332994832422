// Follows a log: wakes threads that wait for records, and makes the LogFollower of a log on this machine.
// Internal to ledger/.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>

#include "ledger/event_log.h"

namespace keyledger::ledger {

// Wakes threads that wait for new records. The caller holds, at every call, the mutex that guards the end of
// the log.
class EndSignal {
 public:
  // Returns after `is_reached()` is true or a stop is requested.
  template <typename IsReached>
  void wait(std::unique_lock<std::mutex>& lock, const std::stop_token& stop, const IsReached& is_reached) {
    ++waiting_;
    changed_.wait(lock, stop, is_reached);
    --waiting_;
  }

  // To be called after the end has moved. Only a comparison if no thread waits.
  void note() {
    if (waiting_ > 0) changed_.notify_all();
  }

 private:
  std::condition_variable_any changed_;
  unsigned waiting_ = 0;
};

// Returns after the log has the position or a stop is requested.
using WaitForPosition = std::function<void(Position, const std::stop_token&)>;

// Implements Log::follow() with Log::read() and `wait`.
Result<std::unique_ptr<LogFollower>> make_follower(const Log& log, Position from, WaitForPosition wait);

}  // namespace keyledger::ledger
