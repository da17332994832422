// Decides which threads of a process run first when threads outnumber processors.
//
// Each function concerns the calling thread only. If the system refuses, everything still works, but threads
// compete a little more.
#pragma once

namespace keyledger::ledger {

// For work that can wait: from now on, the thread gets a smaller share of the processor than threads with
// urgent work. Linux keeps niceness by thread.
void lower_priority_of_this_thread();

// For work that can wait, between pieces that take some tenths of a millisecond: lets other threads run
// first. A thread that never yields keeps the processor until the next tick, 4 ms at 250 ticks a second.
void give_way();

// For short, urgent work: from now on, the thread runs at once when woken instead of at the next tick, unless
// the thread has used more than its share. Needs Linux 6.12 or later, where a thread with a shorter slice
// preempts (sched_setattr(2)). The thread's share of the processor does not grow.
void run_when_woken();

}  // namespace keyledger::ledger
