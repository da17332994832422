#include "ledger/host/stoppable_sleep.h"

#include <condition_variable>
#include <mutex>

namespace keyledger::ledger {

bool sleep_until_stop(const std::stop_token& stop, std::chrono::milliseconds duration) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait_for(lock, stop, duration, [] { return false; });
  return stop.stop_requested();
}

}  // namespace keyledger::ledger
