// DaemonProcess: a real keyledgerd on the directory of a ledger, and the real keyledger command beside it.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/client.h"
#include "tests/support/child_process.h"

namespace keyledger::tests {

// Return a program of the present build with `arguments`.
Program keyledgerd_program(std::vector<std::string> arguments);
Program keyledger_program(std::vector<std::string> arguments);

// The daemon ends when the object is destroyed or when the thread that made the object ends. One thread at a
// time, except for client().
class DaemonProcess {
 public:
  // Starts keyledgerd with `more` arguments and waits until the daemon answers on the default socket. If the
  // daemon ends instead, the test fails with the daemon's error output.
  explicit DaemonProcess(std::filesystem::path data, std::vector<std::string> more = {},
                         std::optional<std::uint64_t> file_bytes_max = {});

  const std::filesystem::path& data() const { return data_; }
  pid_t id() const { return process_.id(); }
  std::string log() const { return process_.err(); }

  // Returns "unix:PATH", as --connect accepts it.
  std::string address() const;

  // Returns a new connection. The test fails if no connection can be made.
  std::unique_ptr<net::Client> client() const;

  // Waits until the daemon's error output contains `text`. The test fails if the daemon ends before, or after
  // a minute.
  void wait_until_log_has(const std::string& text);

  // Stops the daemon with SIGTERM, as an operator would.
  Ending stop();

  // Ends the daemon with SIGKILL at an arbitrary moment of the daemon's work.
  Ending kill();

 private:
  std::filesystem::path data_;
  ChildProcess process_;
};

// The command line of a person who uses a daemon, or the directory of a ledger directly.
class CommandLine {
 public:
  using Arguments = std::vector<std::string>;

  explicit CommandLine(const DaemonProcess& daemon) : place_({"--connect", daemon.address()}) {}
  explicit CommandLine(const std::filesystem::path& data) : place_({"--data", data.string()}) {}

  // Runs a command until the end.
  Ending run(Arguments arguments, std::string input = {}) const;

  // Runs a command and returns its output. Any other exit status than `status` fails the test.
  std::string text(Arguments arguments, std::string input = {}, int status = 0) const;
  boost::json::value json(Arguments arguments, std::string input = {}, int status = 0) const;
  // Returns the rows of a list.
  boost::json::array rows(Arguments arguments) const;

  // Runs a command and returns the standard error as JSON. The test fails unless the command ends with
  // `status` and an empty standard output.
  boost::json::value refusal(Arguments arguments, int status, std::string input = {}) const;

 private:
  Arguments place_;
};

boost::json::value parse_json(const std::string& text);

}  // namespace keyledger::tests
