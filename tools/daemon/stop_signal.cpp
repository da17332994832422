#include "tools/daemon/stop_signal.h"

#include <semaphore.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <string_view>

#include "ledger/values/ensure.h"
#include "tools/program/exit_status.h"

namespace keyledger::tools::daemon {
namespace {

constexpr std::array<int, 3> kStopSignals = {SIGINT, SIGTERM, SIGHUP};

std::atomic<bool> are_noted = false;
std::atomic<int> noted = 0;
sem_t stopped;
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free,
              "a signal handler takes no lock");

// Calls only functions that a signal handler may call (signal-safety(7)).
void take_signal(int number) {
  const int error = errno;
  if (!are_noted) {
    constexpr std::string_view kText = "keyledgerd: stopped before it served\n";
    static_cast<void>(::write(STDERR_FILENO, kText.data(), kText.size()));
    ::_exit(program::kExitDone);
  }
  noted = number;
  ::sem_post(&stopped);
  errno = error;
}

sigset_t stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : kStopSignals) sigaddset(&signals, number);
  return signals;
}

}  // namespace

void end_on_stop_signals() {
  ENSURE(::sem_init(&stopped, 0, 0) == 0, "a semaphore of this process can be made");
  struct sigaction action {};
  action.sa_handler = take_signal;
  action.sa_mask = stop_signals();
  action.sa_flags = SA_RESTART;
  for (const int number : kStopSignals) ENSURE(::sigaction(number, &action, nullptr) == 0, "a valid signal");
  // The parent may have blocked them.
  const sigset_t signals = stop_signals();
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

void note_stop_signals() {
  const sigset_t signals = stop_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  are_noted = true;
}

int wait_for_stop_signal() {
  const sigset_t signals = stop_signals();
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  while (::sem_wait(&stopped) != 0) ENSURE(errno == EINTR, "a semaphore that was made");
  return noted;
}

}  // namespace keyledger::tools::daemon
