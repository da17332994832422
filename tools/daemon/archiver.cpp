#include "tools/daemon/archiver.h"

#include <spdlog/spdlog.h>

#include <chrono>

#include "ledger/host/stoppable_sleep.h"
#include "ledger/host/thread_priority.h"
#include "tools/output/progress_bar.h"

namespace keyledger::tools::daemon {

namespace {

constexpr std::chrono::minutes kLookInterval{10};

}  // namespace

Archiver::Archiver(ledger::LedgerDirectory& ledger, std::int64_t after, ledger::Clock clock)
    : ledger_(ledger), after_(after), clock_(std::move(clock)) {
  if (after_ != 0) thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Archiver::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void Archiver::run(const std::stop_token& stop) {
  ledger::lower_priority_of_this_thread();
  do {
    move_all(stop);
  } while (!ledger::sleep_until_stop(stop, kLookInterval));
}

void Archiver::move_all(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto moved = ledger_.archive_oldest(later_by(clock_(), -after_), stop);
    if (!moved) return spdlog::warn("nothing was archived: {}", moved.error().message());
    if (!moved->has_value()) return;
    spdlog::info("archived positions {} to {} in {}, {} bytes", (*moved)->first.value(),
                 (*moved)->last.value(), (*moved)->file.string(), output::grouped((*moved)->bytes_after));
  }
}

}  // namespace keyledger::tools::daemon
