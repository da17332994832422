// Sleeping in a thread that can be asked to stop.
#include "ledger/host/stoppable_sleep.h"

#include <catch2/catch.hpp>
#include <thread>

namespace keyledger::ledger {
namespace {

TEST_CASE("a sleep ends when the time is over or a stop is requested") {
  CHECK_FALSE(sleep_until_stop({}, std::chrono::milliseconds(1)));
  bool is_stopped = false;
  {
    const std::jthread sleeper(
        [&](const std::stop_token& stop) { is_stopped = sleep_until_stop(stop, std::chrono::hours(1)); });
  }
  CHECK(is_stopped);
}

}  // namespace
}  // namespace keyledger::ledger
