#include "ledger/host/thread_priority.h"

#include <linux/sched.h>
#include <linux/sched/types.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace keyledger::ledger {

void lower_priority_of_this_thread() {
  constexpr int kNiceness = 10;
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNiceness));
}

void give_way() { static_cast<void>(::syscall(SYS_sched_yield)); }

void run_when_woken() {
  constexpr std::uint64_t kShortestSlice = 100'000;  // nanoseconds; the shortest slice of the kernel
  constexpr int kThisThread = 0;
  // Neither function has a wrapper before glibc 2.41.
  sched_attr attributes{};
  attributes.size = sizeof attributes;
  if (::syscall(SYS_sched_getattr, kThisThread, &attributes, sizeof attributes, 0U) != 0) return;
  if (attributes.sched_policy != SCHED_NORMAL) return;  // another policy was chosen on purpose
  attributes.sched_runtime = kShortestSlice;
  static_cast<void>(::syscall(SYS_sched_setattr, kThisThread, &attributes, 0U));
}

}  // namespace keyledger::ledger
