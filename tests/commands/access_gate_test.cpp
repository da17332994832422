#include "commands/access_gate.h"

#include <catch2/catch.hpp>
#include <thread>
#include <vector>

namespace keyledger::commands {

TEST_CASE("who reads through the gate never sees a change half done, and no change is lost") {
  constexpr std::size_t kLanes = 4;
  constexpr int kChangesEach = 300;
  AccessGate gate(kLanes);
  // Not atomic: the gate alone keeps the threads apart.
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  std::atomic<bool> torn = false;
  std::vector<std::thread> threads;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    threads.emplace_back([&, lane] {
      for (int i = 0; i < kChangesEach; ++i) {
        for (int j = 0; j < 20; ++j) {
          const AccessGate::Reading reading(gate, lane);
          const AccessGate::Reading nested(gate, lane);
          if (first != second) torn = true;
        }
        const AccessGate::Changing changing(gate, lane);
        ++first;
        ++second;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(!torn);
  CHECK(first == kLanes * kChangesEach);
  CHECK(second == first);
}

}  // namespace keyledger::commands
