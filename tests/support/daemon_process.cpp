#include "tests/support/daemon_process.h"

#include <signal.h>

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>
#include <utility>

#include "ledger/disk/directory.h"

namespace keyledger::tests {
namespace {

namespace fs = std::filesystem;

// The pause between two attempts to reach a daemon; a daemon that ends stops the attempts.
constexpr int kLookAgainMs = 5;
constexpr int kLooksMax = 12'000;

std::vector<std::string> joined(std::vector<std::string> first, std::vector<std::string> second) {
  for (std::string& each : second) first.push_back(std::move(each));
  return first;
}

ledger::Result<std::unique_ptr<net::Client>> connect_to(const std::string& address) {
  const auto endpoint = net::parse_endpoint(address);
  if (!endpoint) return endpoint.error();
  return net::Client::connect(*endpoint);
}

std::string command_text(const std::vector<std::string>& arguments) {
  std::string text = "keyledger";
  for (const std::string& each : arguments) text += " " + each;
  return text;
}

}  // namespace

Program keyledgerd_program(std::vector<std::string> arguments) {
  return {.path = fs::path(KEYLEDGER_BINARIES) / "keyledgerd", .arguments = std::move(arguments)};
}

Program keyledger_program(std::vector<std::string> arguments) {
  return {.path = fs::path(KEYLEDGER_BINARIES) / "keyledger", .arguments = std::move(arguments)};
}

DaemonProcess::DaemonProcess(fs::path data, std::vector<std::string> more,
                             std::optional<std::uint64_t> file_bytes_max)
    : data_(std::move(data)), process_([&] {
        Program program = keyledgerd_program(joined({"--data", data_.string()}, std::move(more)));
        program.file_bytes_max = file_bytes_max;
        return program;
      }()) {
  for (int look = 0; look < kLooksMax; ++look) {
    if (const auto connected = connect_to(address()); connected && (*connected)->stats()) return;
    if (process_.has_ended_within(kLookAgainMs)) break;
  }
  FAIL("keyledgerd does not answer; it said:\n" << log());
}

std::string DaemonProcess::address() const { return "unix:" + ledger::default_socket_of(data_).string(); }

std::unique_ptr<net::Client> DaemonProcess::client() const {
  auto connected = connect_to(address());
  if (!connected) FAIL(connected.error().message());
  return std::move(*connected);
}

void DaemonProcess::wait_until_log_has(const std::string& text) {
  for (int look = 0; look < kLooksMax; ++look) {
    if (log().find(text) != std::string::npos) return;
    if (process_.has_ended_within(kLookAgainMs)) break;
  }
  FAIL("keyledgerd does not say \"" << text << "\"; it said:\n" << log());
}

Ending DaemonProcess::stop() {
  process_.send_signal(SIGTERM);
  return process_.wait();
}

Ending DaemonProcess::kill() {
  process_.send_signal(SIGKILL);
  return process_.wait();
}

Ending CommandLine::run(Arguments arguments, std::string input) const {
  Program program = keyledger_program(joined(place_, std::move(arguments)));
  program.input = std::move(input);
  return tests::run(program);
}

std::string CommandLine::text(Arguments arguments, std::string input, int status) const {
  const std::string command = command_text(arguments);
  const Ending ending = run(std::move(arguments), std::move(input));
  if (ending.status != status) {
    FAIL(command << "\nended with " << ending.status << ", not " << status << ":\n"
                 << ending.out << ending.err);
  }
  return ending.out;
}

boost::json::value CommandLine::json(Arguments arguments, std::string input, int status) const {
  return parse_json(text(std::move(arguments), std::move(input), status));
}

boost::json::array CommandLine::rows(Arguments arguments) const {
  boost::json::value value = json(std::move(arguments));
  if (!value.is_array()) FAIL("this is no list: " << value);
  return std::move(value.get_array());
}

boost::json::value CommandLine::refusal(Arguments arguments, int status, std::string input) const {
  const std::string command = command_text(arguments);
  const Ending ending = run(std::move(arguments), std::move(input));
  if (ending.status != status || !ending.out.empty()) {
    FAIL(command << "\nended with " << ending.status << ", not " << status << ":\n"
                 << ending.out << ending.err);
  }
  return parse_json(ending.err);
}

boost::json::value parse_json(const std::string& text) {
  boost::json::error_code error;
  boost::json::value value = boost::json::parse(text, error);
  if (error) FAIL("this is not JSON (" << error.message() << "):\n" << text);
  return value;
}

}  // namespace keyledger::tests
