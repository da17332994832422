#include "tests/support/child_process.h"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "ledger/values/ensure.h"

namespace keyledger::tests {
namespace {

using ledger::FileDescriptor;

// Enough for a busy machine with a sanitizer; tests never wait for this time to pass.
constexpr int kEndTimeoutMs = 60'000;

// Returns a file without a name, kept in memory only.
FileDescriptor memory_file(std::string_view content = {}) {
  FileDescriptor file(::memfd_create("keyledger-test", MFD_CLOEXEC));
  ENSURE(file.is_open(), "a test can keep a file in memory");
  ENSURE(::pwrite(file.number(), content.data(), content.size(), 0) == static_cast<ssize_t>(content.size()),
         "a file in memory takes what is written");
  return file;
}

// Reads by position, because the child continues to write at the shared file offset.
std::string content_of(const FileDescriptor& file) {
  struct stat status {};
  ENSURE(::fstat(file.number(), &status) == 0, "a file in memory has a size");
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  const ssize_t size = ::pread(file.number(), text.data(), text.size(), 0);
  text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return text;
}

std::vector<std::string> environment_of(const Program& program) {
  std::vector<std::string> all;
  for (char** each = environ; *each != nullptr; ++each) {
    if (!std::string_view(*each).starts_with("KEYLEDGER_")) all.emplace_back(*each);
  }
  for (const auto& [name, value] : program.environment) all.push_back(name + "=" + value);
  return all;
}

// Returns pointers to the texts and a final null, the form required by execve(2).
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

ChildProcess::ChildProcess(const Program& program) : out_(memory_file()), err_(memory_file()) {
  const FileDescriptor input = memory_file(program.input);
  std::vector<std::string> arguments = {program.path.string()};
  arguments.insert(arguments.end(), program.arguments.begin(), program.arguments.end());
  std::vector<std::string> environment = environment_of(program);
  const auto argument_pointers = pointers_to(arguments);
  const auto environment_pointers = pointers_to(environment);
  const pid_t parent = ::getpid();

  id_ = ::fork();
  if (id_ == 0) {
    // Between fork and exec, only functions listed in signal-safety(7) may be called, because another thread
    // may have held a lock during the fork.
    if (program.user && (::setgid(*program.user) != 0 || ::setuid(*program.user) != 0)) ::_exit(kCannotRun);
    if (program.file_bytes_max) {
      const rlimit limit{.rlim_cur = *program.file_bytes_max, .rlim_max = *program.file_bytes_max};
      ::signal(SIGXFSZ, SIG_IGN);
      if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(kCannotRun);
    }
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(kCannotRun);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::dup2(input.number(), STDIN_FILENO);
    ::dup2(out_.number(), STDOUT_FILENO);
    ::dup2(err_.number(), STDERR_FILENO);
    ::execve(argument_pointers.front(), argument_pointers.data(), environment_pointers.data());
    ::_exit(kCannotRun);
  }
  ENSURE(id_ > 0, "a test can start a process");
  handle_ = FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, id_, 0)));
  ENSURE(handle_.is_open(), "a test can watch the process that it started");
}

ChildProcess::~ChildProcess() {
  if (status_) return;
  ::kill(id_, SIGKILL);
  ::waitpid(id_, nullptr, 0);
}

std::string ChildProcess::out() const { return content_of(out_); }

std::string ChildProcess::err() const { return content_of(err_); }

bool ChildProcess::has_ended_within(int timeout_ms) {
  if (status_) return true;
  pollfd watched{.fd = handle_.number(), .events = POLLIN, .revents = 0};
  int ready = 0;
  do {
    ready = ::poll(&watched, 1, timeout_ms);
  } while (ready < 0 && errno == EINTR);
  if (ready <= 0) return false;
  int status = 0;
  ENSURE(::waitpid(id_, &status, 0) == id_, "a test can wait for the process that it started");
  constexpr int kSignalled = 128;
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : kSignalled + WTERMSIG(status);
  return true;
}

void ChildProcess::send_signal(int number) {
  if (!status_) ::kill(id_, number);
}

Ending ChildProcess::wait() {
  if (!has_ended_within(kEndTimeoutMs)) {
    FAIL("process " << id_ << " does not end; it wrote:\n" << out() << "\n" << err());
  }
  return {.status = *status_, .out = out(), .err = err()};
}

Ending run(const Program& program) { return ChildProcess(program).wait(); }

}  // namespace keyledger::tests
