// keyledger_load: makes keys, and asks about them as fast as it can: of Keyledger, or the same of Redis.
//
// One thread, a process of its own; tools/bench runs it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <fstream>
#include <iostream>

#include "net/client.h"
#include "tools/exit_status.h"
#include "tools/load_run.h"

namespace keyledger::tools {
namespace {

using ledger::Result;

int fail(std::string_view message) {
  std::cerr << "keyledger_load: " << message << "\n";
  return kExitUnreachable;
}

// Makes `count` keys with many commands in flight, and writes their tokens, one a line.
int make_keys(const net::Endpoint& endpoint, std::size_t count, const std::string& file) {
  constexpr std::size_t kInFlight = 256;
  auto client = net::Client::connect(endpoint);
  if (!client) return fail(client.error().message());
  const std::string account = "0000-0000-0001";
  const auto opened = (*client)->run({.command = commands::OpenAccount{account, "load"}});
  if (!opened) return fail(opened.error().message);
  const auto added =
      (*client)->run({.command = commands::RegisterUser{account, "load", ledger::StaffFlag::kStaff}});
  if (!added) return fail(added.error().message);
  std::ofstream tokens(file);
  const auto begun = std::chrono::steady_clock::now();
  for (std::size_t sent = 0, done = 0; done < count;) {
    for (; sent < count && sent - done < kInFlight; ++sent) {
      const commands::CreateKey create{
          .account = account, .username = "load", .name = fmt::format("key{}", sent)};
      if (auto asked = (*client)->send({.id = sent, .body = net::RunCommand{.command = create}}); !asked) {
        return fail(asked.error().message());
      }
    }
    const auto response = (*client)->receive();
    if (!response) return fail(response.error().message());
    const auto* answer = std::get_if<net::DoneAnswer>(&response->body);
    if (answer == nullptr) return fail("a key was refused: take a fresh ledger");
    tokens << answer->secret.expose() << "\n";
    ++done;
  }
  if (!tokens.flush()) return fail(file + " cannot be written");
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begun;
  std::cout << fmt::format("{{\"per_second\": {:.0f}}}\n", static_cast<double>(count) / taken.count());
  return kExitDone;
}

Result<std::vector<std::string>> read_lines(const std::string& file) {
  std::ifstream in(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  if (lines.empty()) return ledger::Error{ledger::ErrorCode::kCannotOpen, file};
  return lines;
}

int ask(const LoadPlan& plan, const std::string& file) {
  const auto tokens = read_lines(file);
  if (!tokens) return fail(tokens.error().message());
  const auto result = run_load(plan, load_requests(plan.protocol, *tokens));
  if (!result) return fail(result.error().message());
  std::cout << fmt::format(
      "{{\"per_second\": {:.0f}, \"p50_us\": {:.1f}, \"p99_us\": {:.1f}, \"answers\": {}, \"wrong\": {}}}\n",
      static_cast<double>(result->answers) / result->seconds, result->p50_us, result->p99_us, result->answers,
      result->wrong);
  return result->wrong == 0 ? kExitDone : fail("some answers were not what they should be");
}

int run(int argc, char** argv) {
  CLI::App app{"Load for a daemon: makes keys, and asks about them as fast as it can. Run by tools/bench."};
  app.require_subcommand(1);
  std::string to;
  std::string file;
  std::size_t count = 10'000;
  LoadPlan plan;
  double seconds = 1;
  app.add_option("--to", to, "unix:PATH or tcp:HOST:PORT")->required();
  app.add_option("--tokens", file, "A file with a token a line")->required();
  auto* make =
      app.add_subcommand("make-keys", "Open an account and make keys; their tokens go into the file");
  make->add_option("--count", count, "How many");
  auto* measure = app.add_subcommand("ask", "Ask about the tokens of the file; prints one line of JSON");
  measure->add_option("--connections", plan.connections, "How many at once")->check(CLI::Range(1, 10'000));
  measure->add_option("--depth", plan.depth, "Requests in flight on each")->check(CLI::Range(1, 1'024));
  measure->add_option("--seconds", seconds, "For how long")->check(CLI::Range(0.1, 600.0));
  bool redis = false;
  measure->add_flag("--redis", redis, "Ask a Redis for the values of the tokens instead");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitDone : kExitUsage;
  }
  const auto endpoint = net::parse_endpoint(to);
  if (!endpoint) return fail(endpoint.error().message());
  if (make->parsed()) return make_keys(*endpoint, count, file);
  plan.endpoint = *endpoint;
  plan.duration = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1'000));
  if (redis) plan.protocol = LoadProtocol::kRedis;
  return ask(plan, file);
}

}  // namespace
}  // namespace keyledger::tools

int main(int argc, char** argv) { return keyledger::tools::run(argc, argv); }
