#include "commands/access_gate.h"

#include <thread>

#include "ledger/values/ensure.h"

namespace keyledger::commands {

// Reader and changer both store first and load afterwards, in an order common to all threads: at least one
// side sees the other's store.
void AccessGate::enter(std::size_t number) {
  Lane& lane = lanes_[number];
  if (lane.depth++ > 0) return;
  for (;;) {
    lane.inside.store(1, std::memory_order_seq_cst);
    if (is_closed_.load(std::memory_order_seq_cst) == 0) return;
    lane.inside.store(0, std::memory_order_release);
    is_closed_.wait(1, std::memory_order_acquire);
  }
}

void AccessGate::leave(std::size_t number) {
  Lane& lane = lanes_[number];
  if (--lane.depth == 0) lane.inside.store(0, std::memory_order_release);
}

void AccessGate::close(std::size_t number) {
  ENSURE(lanes_[number].depth == 0, "who reads the hot state does not change it");
  changing_.lock();
  is_closed_.store(1, std::memory_order_seq_cst);
  for (std::size_t i = 0; i < count_; ++i) {
    // A reader stays for microseconds, but a preempted reader needs the processor to leave.
    for (int spins = 0; lanes_[i].inside.load(std::memory_order_seq_cst) != 0; ++spins) {
      if (spins > 100) std::this_thread::yield();
    }
  }
}

void AccessGate::open() {
  is_closed_.store(0, std::memory_order_release);
  is_closed_.notify_all();
  changing_.unlock();
}

}  // namespace keyledger::commands
