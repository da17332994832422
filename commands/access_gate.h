// AccessGate: lets many threads read the hot state at once, or one thread change the state while nobody
// reads.
//
// Each reading thread has a lane in a separate cache line. To enter or leave, a reader stores into the lane
// and loads a flag that hardly ever changes, because readers must neither write to a common cache line nor
// wait for each other. To change the state, a thread raises the flag, waits until the lanes are empty, makes
// the change and lowers the flag; readers arriving meanwhile wait. Neither side may do I/O inside the gate.
// Any thread, but each lane belongs to one thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

namespace keyledger::commands {

class AccessGate {
 public:
  explicit AccessGate(std::size_t lanes) : lanes_(std::make_unique<Lane[]>(lanes)), count_(lanes) {}

  // The lane's thread may read during the lifetime of this object. May be nested.
  class Reading {
   public:
    Reading(AccessGate& gate, std::size_t lane) : gate_(gate), lane_(lane) { gate_.enter(lane_); }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;
    ~Reading() { gate_.leave(lane_); }

   private:
    AccessGate& gate_;
    std::size_t lane_;
  };

  // The thread may change the state during the lifetime of this object. The thread must not be reading
  // (ENSURE).
  class Changing {
   public:
    Changing(AccessGate& gate, std::size_t lane) : gate_(gate) { gate_.close(lane); }
    Changing(const Changing&) = delete;
    Changing& operator=(const Changing&) = delete;
    ~Changing() { gate_.open(); }

   private:
    AccessGate& gate_;
  };

 private:
  struct alignas(64) Lane {
    std::atomic<std::uint32_t> inside = 0;
    std::uint32_t depth = 0;  // of nested readings; used by the lane's thread alone
  };

  void enter(std::size_t lane);
  void leave(std::size_t lane);
  void close(std::size_t lane);
  void open();

  std::unique_ptr<Lane[]> lanes_;
  std::size_t count_;
  std::mutex changing_;
  std::atomic<std::uint32_t> is_closed_ = 0;
};

}  // namespace keyledger::commands
