// The signals that stop the daemon: SIGTERM, SIGINT and SIGHUP.
//
// Before the daemon serves, a stop ends the process at once, with exit status 0: nothing was acknowledged,
// and a ledger withstands the end of a process at any moment. Later, a stop is noted, and the main thread
// ends the daemon. The functions share the state of the process, because a signal handler has no other state.
#pragma once

namespace keyledger::tools::daemon {

// Installs the handler. The first call of main, because a stop must neither be ignored nor wait.
void end_on_stop_signals();

// From now on, stops are noted. The calling thread and all threads of the calling thread no longer take the
// signals, until wait_for_stop_signal().
void note_stop_signals();

// Waits for a stop, or finds a noted one, and returns the number of the signal. The main thread calls this.
int wait_for_stop_signal();

}  // namespace keyledger::tools::daemon
