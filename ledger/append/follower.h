// Following a log: how those that wait for records are woken, and the LogFollower of a log on this machine.
// Internal to ledger/.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>

#include "ledger/event_log.h"

namespace keyledger::ledger {

// Wakes those that wait for the end of a log to move. The log guards its end with a mutex of its own, which
// is held at every call.
class EndSignal {
 public:
  // Waits until `is_reached()` or until `stop` is requested.
  template <typename IsReached>
  void wait(std::unique_lock<std::mutex>& lock, const std::stop_token& stop, const IsReached& is_reached) {
    ++waiting_;
    changed_.wait(lock, stop, is_reached);
    --waiting_;
  }

  // The end has moved. A comparison if nobody waits.
  void note() {
    if (waiting_ > 0) changed_.notify_all();
  }

 private:
  std::condition_variable_any changed_;
  unsigned waiting_ = 0;
};

// Waits until the log holds the position or until a stop is requested.
using WaitForPosition = std::function<void(Position, const std::stop_token&)>;

// Log::follow(), on top of Log::read().
Result<std::unique_ptr<LogFollower>> make_follower(const Log& log, Position from, WaitForPosition wait);

}  // namespace keyledger::ledger
