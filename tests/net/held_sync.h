// HeldSync: holds up a sync of a daemon's log until release().
#pragma once

#include <atomic>
#include <latch>

#include "tests/net/daemon_under_test.h"

namespace keyledger::net {

class HeldSync {
 public:
  explicit HeldSync(DaemonUnderTest& daemon) {
    daemon.log.before_sync = [this] {
      if (is_armed_.exchange(false)) {
        reached_.count_down();
        released_.wait();
      }
      return true;
    };
  }

  void arm() { is_armed_ = true; }
  void wait_until_reached() { reached_.wait(); }
  void release() {
    if (!is_released_.exchange(true)) released_.count_down();
  }

 private:
  std::atomic<bool> is_armed_ = false;
  std::atomic<bool> is_released_ = false;
  std::latch reached_{1};
  std::latch released_{1};
};

}  // namespace keyledger::net
