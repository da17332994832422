// ChildProcess: runs a program in a test, with a given input, and collects its output.
//
// Because the output is kept in memory, the program never waits for a reader. The program is killed when the
// object is destroyed or the starting thread ends. One thread at a time.
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
  std::string input;                               // the program's standard input
  std::map<std::string, std::string> environment;  // added to the test's own, without KEYLEDGER_*
  std::optional<uid_t> user;                       // the user that runs the program; none: the test's user
  std::optional<std::uint64_t> file_bytes_max;     // a write beyond this file size fails, as on a full disk
};

// The end of a program.
struct Ending {
  int status = 0;  // the exit status, or as in shells 128 + the signal that ended the program
  std::string out;
  std::string err;
};

// The exit status used by shells for a program that cannot be run.
constexpr int kCannotRun = 126;

class ChildProcess {
 public:
  explicit ChildProcess(const Program& program);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  pid_t id() const { return id_; }

  // Return the output written so far.
  std::string out() const;
  std::string err() const;

  // Waits at most `timeout_ms` milliseconds; returns true if the program has ended.
  bool has_ended_within(int timeout_ms);

  void send_signal(int number);

  // Waits for the end of the program. Fails the test if the program runs for another minute.
  Ending wait();

 private:
  pid_t id_ = -1;
  ledger::FileDescriptor out_;
  ledger::FileDescriptor err_;
  ledger::FileDescriptor handle_;  // pidfd_open(2): readable after the program has ended
  std::optional<int> status_;
};

// Runs a program until its end.
Ending run(const Program& program);

}  // namespace keyledger::tests
