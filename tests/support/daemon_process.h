// DaemonProcess: a real keyledgerd on a ledger's directory, and the real keyledger beside it.
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

Program keyledgerd_program(std::vector<std::string> arguments);
Program keyledger_program(std::vector<std::string> arguments);

// Ends when this object or the thread that made it does. One thread at a time, but for client().
class DaemonProcess {
 public:
  // Starts keyledgerd, with `more` arguments, and waits until it answers on its default socket; if it ends
  // instead the test fails with what it said.
  explicit DaemonProcess(std::filesystem::path data, std::vector<std::string> more = {},
                         std::optional<std::uint64_t> file_bytes_max = {});

  const std::filesystem::path& data() const { return data_; }
  pid_t id() const { return process_.id(); }
  std::string log() const { return process_.err(); }

  // "unix:PATH", as --connect takes it.
  std::string address() const;

  // A connection of its own; the test fails if there is none to be had.
  std::unique_ptr<net::Client> client() const;

  // Waits until it has said so; the test fails if it ends before, or a minute passes.
  void wait_until_log_has(const std::string& text);

  // Stops it with SIGTERM, as an operator would.
  Ending stop();

  // Ends it with SIGKILL, in the middle of whatever it is doing.
  Ending kill();

 private:
  std::filesystem::path data_;
  ChildProcess process_;
};

// The command line, as somebody types it who has named a daemon or a ledger's directory.
class CommandLine {
 public:
  using Arguments = std::vector<std::string>;

  explicit CommandLine(const DaemonProcess& daemon) : place_({"--connect", daemon.address()}) {}
  explicit CommandLine(const std::filesystem::path& data) : place_({"--data", data.string()}) {}

  Ending run(Arguments arguments, std::string input = {}) const;

  // What a command prints that ends with this status; anything else fails the test.
  std::string text(Arguments arguments, std::string input = {}, int status = 0) const;
  boost::json::value json(Arguments arguments, std::string input = {}, int status = 0) const;
  // Of a list.
  boost::json::array rows(Arguments arguments) const;

  // What a command says on standard error, as JSON, that ends with this status and prints nothing.
  boost::json::value refusal(Arguments arguments, int status, std::string input = {}) const;

 private:
  Arguments place_;
};

boost::json::value parse_json(const std::string& text);

}  // namespace keyledger::tests
