// For threads whose work can wait: they give way to those that somebody waits for.
#pragma once

namespace keyledger::ledger {

// Of the calling thread alone, and for good: Linux keeps niceness by thread. Where that cannot be,
// everything works, and competes a little more.
void lower_priority_of_this_thread();

}  // namespace keyledger::ledger
