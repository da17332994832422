#include "tools/daemon/archiver.h"

#include <spdlog/spdlog.h>

#include <chrono>

#include "ledger/host/thread_priority.h"
#include "tools/output/progress_bar.h"

namespace keyledger::tools::daemon {

namespace {

constexpr std::chrono::minutes kLookInterval{10};

}  // namespace

Archiver::Archiver(ledger::LedgerDirectory& ledger, std::int64_t after, ledger::Clock clock)
    : ledger_(ledger), after_(after), clock_(std::move(clock)) {
  if (after_ != 0) thread_ = std::thread([this] { run(); });
}

void Archiver::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    stopped_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void Archiver::run() {
  ledger::lower_priority_of_this_thread();
  for (std::unique_lock lock(mutex_); !stopping_;
       stopped_.wait_for(lock, kLookInterval, [this] { return stopping_.load(); })) {
    lock.unlock();
    move_all();
    lock.lock();
  }
}

void Archiver::move_all() {
  while (!stopping_) {
    const auto moved = ledger_.archive_oldest(later_by(clock_(), -after_), stopping_);
    if (!moved) return spdlog::warn("nothing was archived: {}", moved.error().message());
    if (!moved->has_value()) return;
    spdlog::info("archived positions {} to {} in {}, {} bytes", (*moved)->first.value(),
                 (*moved)->last.value(), (*moved)->file.string(), output::grouped((*moved)->bytes_after));
  }
}

}  // namespace keyledger::tools::daemon
