// AccessGate: lets many threads read the hot state at once, and one change it while nobody reads.
//
// Each reading thread has a lane, with a line of the cache of its own: to enter and to leave is a store there
// and a load of a flag that hardly ever changes, so that readers share nothing and wait for nobody who does
// not change the state. Whoever changes it raises the flag, waits until the lanes are empty, and lowers it;
// readers that come meanwhile wait. Neither side may do I/O inside. Any thread, but each lane is used by one.
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

  // Reading, as long as it lives. May be nested.
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

  // Changing, as long as it lives. Not while the thread reads (ENSURE).
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
    std::uint32_t depth = 0;  // of nested readings; the lane's thread alone
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
