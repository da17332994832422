#include "net/use_flusher.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>

namespace keyledger::net {

using ledger::Result;

Result<void> UseFlusher::flush() {
  if (durability_ != commands::UseDurability::kBuffered) return lane_.flush();
  if (lane_.failure() != nullptr) return *lane_.failure();
  write_later();
  return {};
}

void UseFlusher::write_later() {
  if (std::exchange(is_due_, true)) return;
  timer_.expires_after(std::chrono::microseconds(commands::kBufferedMicroseconds));
  timer_.async_wait([this](boost::system::error_code error) {
    is_due_ = false;
    if (!error) write();
  });
}

void UseFlusher::write() {
  const auto written = lane_.flush();
  if (!written && !std::exchange(has_reported_, true)) spdlog::error("{}", written.error().message());
}

}  // namespace keyledger::net
