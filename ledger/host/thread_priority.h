// Which threads of a process go first where there are more of them than processors.
//
// All are of the calling thread alone. Where they cannot be had, everything works: the threads compete a
// little more.
#pragma once

namespace keyledger::ledger {

// For work that can wait: from now on it has a smaller share of the processor than what somebody waits for.
// Linux keeps niceness by thread.
void lower_priority_of_this_thread();

// For such work, between two pieces of it that take some tenths of a millisecond: whoever waits for this
// processor comes first. Who never calls it runs until the next tick, 4 ms where there are 250 a second.
void give_way();

// For short work that somebody waits for: from now on, when it is woken, it runs at once, and not at the next
// tick, unless it has had more than its share (Linux 6.12 and later: a thread that asks for the shorter slice
// preempts, sched_setattr(2)). It gets no larger share of the processor by that.
void run_when_woken();

}  // namespace keyledger::ledger
