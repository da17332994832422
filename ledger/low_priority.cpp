#include "ledger/low_priority.h"

#include <sys/resource.h>
#include <unistd.h>

namespace keyledger::ledger {

void lower_priority_of_this_thread() {
  constexpr int kNiceness = 10;
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNiceness));
}

}  // namespace keyledger::ledger
