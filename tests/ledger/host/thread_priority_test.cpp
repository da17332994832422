#include "ledger/host/thread_priority.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <thread>

using namespace keyledger;

namespace {

// The beginning of Linux's sched_attr (sched_setattr(2)), copied because Linux's header conflicts with the C
// library's.
struct Attributes {
  std::uint32_t size = 0;
  std::uint32_t policy = 0;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0;  // the slice of an ordinary thread, in nanoseconds
  std::uint64_t deadline = 0;
  std::uint64_t period = 0;
};

Attributes attributes_of_this_thread() {
  Attributes attributes;
  REQUIRE(::syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0U) == 0);
  return attributes;
}

// Runs `step` in a new thread, and returns the attributes of the thread afterwards.
Attributes after(void (*step)()) {
  Attributes attributes;
  std::thread([&] {
    step();
    attributes = attributes_of_this_thread();
  }).join();
  return attributes;
}

}  // namespace

TEST_CASE("a thread whose work can wait gives way, and nobody else does", "[thread_priority]") {
  const Attributes before = attributes_of_this_thread();
  if (before.nice < 10) CHECK(after(ledger::lower_priority_of_this_thread).nice == 10);
  CHECK(attributes_of_this_thread().nice == before.nice);
}

TEST_CASE("a thread that runs when it is woken asks for a short slice, and for no larger share",
          "[thread_priority]") {
  const Attributes before = attributes_of_this_thread();
  const Attributes asked = after(ledger::run_when_woken);
  CHECK(asked.policy == before.policy);
  CHECK(asked.nice == before.nice);
  // Kernels before 6.12 do not support slices, and report 0.
  if (before.runtime != 0) CHECK(asked.runtime < before.runtime);
}
