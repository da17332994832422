// UseFlusher: writes the uses of judged questions as early as the operator's durability demands.
//
// One thread at a time: the thread of the executor and of the lane.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "commands/durability.h"
#include "commands/verdict_lane.h"

namespace keyledger::net {

class UseFlusher {
 public:
  UseFlusher(const boost::asio::any_io_executor& executor, commands::VerdictLane& lane,
             commands::UseDurability durability)
      : lane_(lane), durability_(durability), timer_(executor) {}

  commands::UseDurability durability() const { return durability_; }

  // Must be called before verdicts are sent. Writes their uses; with kBuffered, writes them within
  // kBufferedMicroseconds instead. After a failure the verdicts must not be sent.
  ledger::Result<void> flush();

  // Writes all uses now. Reports a failure in the program's log, once: flush() tells every later caller.
  void write();

  // Writes nothing later any more.
  void stop() { timer_.cancel(); }

 private:
  void write_later();

  commands::VerdictLane& lane_;
  commands::UseDurability durability_;
  boost::asio::steady_timer timer_;  // kBuffered
  bool is_due_ = false;              // the timer runs
  bool has_reported_ = false;
};

}  // namespace keyledger::net
