// Which threads of a process go first where there are more of them than processors.
//
// Both are of the calling thread alone, and for good. Where they cannot be had, everything works: the threads
// compete a little more.
#pragma once

namespace keyledger::ledger {

// For work that can wait: it gives way to what somebody waits for. Linux keeps niceness by thread.
void lower_priority_of_this_thread();

// For short work that somebody waits for: woken, it runs at once, and not at the next tick, unless it has had
// more than its share (Linux 6.12 and later: a thread that asks for the shorter slice preempts,
// sched_setattr(2)). It gets no larger share of the processor by that.
void run_when_woken();

}  // namespace keyledger::ledger
