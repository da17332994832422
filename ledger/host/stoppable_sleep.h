// Sleeping in a thread that can be asked to stop.
#pragma once

#include <chrono>
#include <stop_token>

namespace keyledger::ledger {

// Sleeps until `duration` is over or a stop is requested, and returns true if a stop is requested.
bool sleep_until_stop(const std::stop_token& stop, std::chrono::milliseconds duration);

}  // namespace keyledger::ledger
