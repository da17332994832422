// ChildProcess: a program that a test runs, with what it reads and all that it writes.
//
// What it writes is kept in memory, so that it never waits for a reader. It ends when this object or the
// thread that started it does. One thread at a time.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/host/file_descriptor.h"

namespace keyledger::tests {

struct Program {
  std::filesystem::path path;
  std::vector<std::string> arguments;
  std::string input;                               // its standard input
  std::map<std::string, std::string> environment;  // beside the test's own, without what begins KEYLEDGER_
  std::optional<uid_t> user;                       // who runs it; none: as the test
  std::optional<std::uint64_t> file_bytes_max;     // a write beyond fails, as on a full disk
};

// How a program ended.
struct Ending {
  int status = 0;  // its exit status; 128 + the signal that ended it, as shells have it
  std::string out;
  std::string err;
};

// What a shell says of a program that cannot be run.
constexpr int kCannotRun = 126;

class ChildProcess {
 public:
  explicit ChildProcess(const Program& program);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  pid_t id() const { return id_; }

  // Of what it wrote so far.
  std::string out() const;
  std::string err() const;

  // Waits for its end for some milliseconds; true if it has ended.
  bool has_ended_within(int timeout_ms);

  void send_signal(int number);

  // Waits for its end; a program that does not come to one within a minute fails the test.
  Ending wait();

 private:
  pid_t id_ = -1;
  ledger::FileDescriptor out_;
  ledger::FileDescriptor err_;
  ledger::FileDescriptor handle_;  // pidfd_open(2): readable once it has ended
  std::optional<int> status_;
};

// Runs a program to its end.
Ending run(const Program& program);

}  // namespace keyledger::tests
