// keyledger_load: makes keys, and asks Keyledger, Redis or an HTTP server about the keys.
//
// The program has one thread, and tools/bench runs the program. Each subcommand prints one line of JSON.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>

#include "ledger/host/thread_priority.h"
#include "ledger/host/whole_file.h"
#include "ledger/values/ascii_text.h"
#include "ledger/values/token.h"
#include "tools/load/crowd.h"
#include "tools/load/keys.h"
#include "tools/load/run.h"
#include "tools/load/socket.h"
#include "tools/program/exit_status.h"
#include "tools/program/system.h"

namespace keyledger::tools::load {
namespace {

using ledger::Result;

// More tokens would only make the preparation longer.
constexpr std::size_t kRequestsMax = 1'000'000;

struct AskFlags {
  bool redis = false;
  bool http = false;
  bool sliding = false;
  bool any = false;
  bool unknown = false;
  bool mistyped = false;
  bool exponential = false;
  std::string address;
  double zipf = 0;
  double rate = 0;
  double seconds = 1;
  double warm_up = 0;
  std::size_t skip = 0;
  std::size_t only = 0;
  std::uint64_t seed = 1;
};

struct Flags {
  std::string to;
  std::string tokens;
  KeysPlan keys;
  bool by_import = false;
  LoadPlan plan;
  AskFlags ask;
  std::size_t crowd = 10'000;
  int patience = 60;
};

int fail(std::string_view message) {
  std::cerr << "keyledger_load: " << message << "\n";
  return program::kExitUnreachable;
}

int fail_usage(std::string_view message) {
  std::cerr << "keyledger_load: " << message << "\nSee keyledger_load --help.\n";
  return program::kExitUsage;
}

// ---- Tokens ----

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::string_view line = ledger::take_line(text);
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

// Returns well-formed tokens of no key, or tokens with a mistake in the last character, one a line.
std::string strange_tokens(const AskFlags& flags, std::size_t count) {
  std::mt19937_64 random(flags.seed);
  std::string lines;
  for (std::size_t i = 0; i < count; ++i) {
    ledger::TokenEntropy entropy{};
    for (std::uint8_t& byte : entropy) byte = static_cast<std::uint8_t>(random());
    lines += ledger::make_token(ledger::kTokenPrefix, entropy).expose();
    if (flags.mistyped) lines.back() = lines.back() == 'a' ? 'b' : 'a';
    lines += '\n';
  }
  return lines;
}

// Returns the tokens in the order of the questions.
std::vector<std::string_view> drawn(const std::vector<std::string_view>& tokens, const AskFlags& flags) {
  std::vector<std::string_view> order(std::min(tokens.size(), kRequestsMax));
  if (flags.zipf <= 0) {
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = tokens[scattered(i, tokens.size())];
    return order;
  }
  std::mt19937_64 random(flags.seed);
  const ZipfRanks ranks(tokens.size(), flags.zipf);
  order.resize(kRequestsMax);
  // Keys with neighbouring ranks are not neighbours in the ledger.
  for (std::string_view& token : order) token = tokens[scattered(ranks.draw(random) - 1, tokens.size())];
  return order;
}

Result<std::string> token_lines(const Flags& flags) {
  constexpr std::size_t kStrange = 100'000;
  if (flags.ask.unknown || flags.ask.mistyped) return strange_tokens(flags.ask, kStrange);
  return ledger::read_whole_file(flags.tokens);
}

// ---- Subcommands ----

std::string json_of(const LoadPlan& plan, const LoadResult& result) {
  const auto us = [](std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e3; };
  const LatencyHistogram& all = result.latencies;
  return fmt::format(
      "{{\"connections\": {}, \"depth\": {}, \"batch\": {}, \"per_second\": {:.0f}, "
      "\"requests_per_second\": {:.0f}, \"p50_us\": {:.1f}, \"p90_us\": {:.1f}, \"p99_us\": {:.1f}, "
      "\"p999_us\": {:.1f}, \"max_us\": {:.1f}, \"lag_p99_us\": {:.1f}, \"measured\": {}, \"answers\": {}, "
      "\"wrong\": {}, \"unanswered\": {}, \"busy\": {:.2f}}}\n",
      plan.connections, plan.depth, plan.form.batch, result.per_second, result.requests_per_second,
      us(all.percentile(50)), us(all.percentile(90)), us(all.percentile(99)), us(all.percentile(99.9)),
      us(all.max()), us(result.lags.percentile(99)), all.count(), result.answers, result.wrong,
      result.unanswered, result.busy);
}

int ask(const Flags& flags) {
  const auto text = token_lines(flags);
  if (!text) return fail(text.error().message());
  std::vector<std::string_view> tokens = lines_of(*text);
  tokens.erase(tokens.begin(),
               tokens.begin() + static_cast<std::ptrdiff_t>(std::min(flags.ask.skip, tokens.size())));
  if (flags.ask.only > 0) tokens.resize(std::min(flags.ask.only, tokens.size()));
  if (tokens.empty()) return fail("the file has no token to ask about");
  const PreparedRequests requests = prepare_requests(flags.plan.form, drawn(tokens, flags.ask));
  raise_descriptor_limit();
  // Clients of slow work may share the processor with this program, and a latency must not include waiting
  // for a tick here.
  ledger::run_when_woken();
  const auto result = run_load(flags.plan, requests);
  if (!result) return fail(result.error().message());
  std::cout << json_of(flags.plan, *result);
  return result->wrong == 0 ? program::kExitDone : fail("some answers were wrong");
}

int make(const Flags& flags) {
  std::ofstream tokens(flags.tokens);
  const auto seconds = make_keys(flags.keys, program::system_clock(), tokens);
  if (!seconds) return fail(seconds.error().message());
  std::cout << fmt::format("{{\"keys\": {}, \"seconds\": {:.3f}, \"per_second\": {:.0f}}}\n",
                           flags.keys.count, *seconds, static_cast<double>(flags.keys.count) / *seconds);
  return program::kExitDone;
}

int crowd(const net::Endpoint& endpoint, const Flags& flags) {
  constexpr int kPatienceMs = 2'000;
  raise_descriptor_limit();
  const auto result = gather_crowd(endpoint, flags.crowd, kPatienceMs);
  if (!result) return fail(result.error().message());
  std::cout << fmt::format("{{\"connections\": {}, \"answered\": {}, \"refused\": {}, \"silent\": {}}}\n",
                           flags.crowd, result->answered, result->refused, result->silent);
  return program::kExitDone;
}

// Measures the time until a daemon that was just started gives the first verdict.
int first(const net::Endpoint& endpoint, const Flags& flags) {
  const auto text = ledger::read_whole_file(flags.tokens);
  if (!text) return fail(text.error().message());
  const std::string_view token = std::string_view(*text).substr(0, text->find('\n'));
  const auto begun = std::chrono::steady_clock::now();
  if (!wait_for_verdict(endpoint, token, std::chrono::seconds(flags.patience)))
    return fail("the daemon gave no verdict in time");
  const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - begun;
  std::cout << fmt::format("{{\"seconds\": {:.4f}}}\n", waited.count());
  return program::kExitDone;
}

// ---- Flags ----

void add_make_options(CLI::App& make, Flags& flags) {
  make.add_option("--count", flags.keys.count, "The number of keys (default: 10000)")
      ->check(CLI::Range(1, 100'000'000));
  make.add_option("--in-flight", flags.keys.in_flight,
                  "The number of commands that wait for answers at the same time (default: 256)")
      ->check(CLI::Range(1, 4'096));
  make.add_option("--users", flags.keys.users, "The number of users who own the keys in turn (default: 1)")
      ->check(CLI::Range(1, 10'000'000));
  make.add_option("--clients", flags.keys.clients,
                  "The number of clients that the keys are assigned to in turn (default: none)")
      ->check(CLI::Range(0, 1'000'000));
  make.add_option("--name", flags.keys.name, "The beginning of the names of the keys (default: key)");
  make.add_option("--per-import", flags.keys.keys_per_import,
                  "With --by-import: the number of keys in one import (default: 50000)")
      ->check(CLI::Range(1, 1'000'000));
  make.add_flag("--by-import", flags.by_import,
                "Choose the tokens here and import the keys, which is faster");
}

void add_load_options(CLI::App& ask, Flags& flags) {
  LoadPlan& plan = flags.plan;
  ask.add_option("--connections", plan.connections, "The number of connections (default: 50)")
      ->check(CLI::Range(1, 10'000));
  ask.add_option("--depth", plan.depth,
                 "The number of requests that wait for answers on each connection (default: 1)")
      ->check(CLI::Range(1, 4'096));
  ask.add_flag("--sliding", flags.ask.sliding,
               "Send a new request after each answer, instead of --depth requests after --depth answers");
  ask.add_option("--rate", flags.ask.rate,
                 "Send this many requests a second, even if earlier ones are not answered yet")
      ->check(CLI::Range(0.1, 1e7));
  ask.add_flag("--exponential", flags.ask.exponential,
               "With --rate: send at random moments instead of evenly spaced ones");
  ask.add_option("--seconds", flags.ask.seconds, "The duration of the measurement (default: 1)")
      ->check(CLI::Range(0.01, 3'600.0));
  ask.add_option("--warm-up", flags.ask.warm_up, "The seconds of load before the measurement (default: 0)")
      ->check(CLI::Range(0.0, 600.0));
  ask.add_option("--seed", flags.ask.seed, "The seed of all random choices (default: 1)");
}

void add_question_options(CLI::App& ask, Flags& flags) {
  ask.add_flag("--redis", flags.ask.redis, "Ask a Redis server for the values of the tokens");
  ask.add_flag("--http", flags.ask.http, "Ask an HTTP server, with `Authorization: Token ...`");
  ask.add_option("--batch", flags.plan.form.batch,
                 "Ask this many questions in each request, with authenticateMany")
      ->check(CLI::Range(1, 16'384));
  ask.add_option("--client", flags.plan.form.client, "Ask about the use of this client");
  ask.add_option("--address", flags.ask.address, "Ask for a caller from this address");
  ask.add_option("--addresses", flags.plan.form.addresses, "Ask for callers from this many addresses in turn")
      ->check(CLI::Range(1, 16'777'216));
  ask.add_option("--zipf", flags.ask.zipf,
                 "Ask about some tokens more often: about the kth in proportion to 1/k^S")
      ->check(CLI::Range(0.01, 10.0))
      ->type_name("S");
  ask.add_option("--skip", flags.ask.skip, "Skip this many tokens at the beginning of the file");
  ask.add_option("--only", flags.ask.only, "Ask about at most this many tokens");
  ask.add_flag("--unknown", flags.ask.unknown, "Ask about well-formed tokens of no key");
  ask.add_flag("--mistyped", flags.ask.mistyped, "Ask about tokens with a wrong checksum");
  ask.add_flag("--any", flags.ask.any, "Count neither allowed nor denied as a wrong answer");
}

// Returns an empty text, or a message about flags that exclude each other.
std::string complete(Flags& flags) {
  LoadPlan& plan = flags.plan;
  const AskFlags& ask = flags.ask;
  if (ask.redis && ask.http) return "--redis and --http cannot be used together";
  if (ask.http && (plan.depth > 1 || ask.rate > 0))
    return "--http asks one request at a time: no --depth, no --rate";
  const bool is_ours =
      plan.form.batch > 0 || !plan.form.client.empty() || !ask.address.empty() || plan.form.addresses > 0;
  if ((ask.redis || ask.http) && is_ours) {
    return "--batch, --client, --address and --addresses need a Keyledger server";
  }
  if (ask.redis) plan.form.protocol = LoadProtocol::kRedis;
  if (ask.http) plan.form.protocol = LoadProtocol::kHttp;
  if (!ask.address.empty()) {
    plan.form.address = ledger::parse_address(ask.address);
    if (!plan.form.address) return "--address takes an IP address";
  }
  if (ask.unknown || ask.mistyped) plan.wanted = WantedAnswer::kDenied;
  if (ask.any) plan.wanted = WantedAnswer::kAny;
  if (ask.sliding) plan.pipelining = Pipelining::kSliding;
  const auto nanoseconds = [](double seconds) {
    return std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
  };
  plan.duration = nanoseconds(ask.seconds);
  plan.warm_up = nanoseconds(ask.warm_up);
  using Spacing = ArrivalSchedule::Spacing;
  if (ask.rate > 0) {
    plan.schedule.emplace(ask.rate, ask.exponential ? Spacing::kExponential : Spacing::kFixed, ask.seed);
  }
  flags.keys.source = flags.by_import ? KeySource::kImport : KeySource::kCreate;
  return {};
}

int run(int argc, char** argv) {
  CLI::App app{"Puts load on a daemon: makes keys, and asks about them. Run by tools/bench."};
  app.require_subcommand(1);
  Flags flags;
  app.add_option("--to", flags.to, "The server's address: unix:PATH or tcp:HOST:PORT")->required();
  app.add_option("--tokens", flags.tokens, "The file with one token in each line");
  auto* make_app = app.add_subcommand("make-keys", "Make keys, and write their tokens to the file");
  auto* ask_app = app.add_subcommand("ask", "Ask about the tokens of the file");
  auto* crowd_app = app.add_subcommand("crowd", "Open many connections, and ask once on each");
  add_make_options(*make_app, flags);
  add_load_options(*ask_app, flags);
  add_question_options(*ask_app, flags);
  auto* first_app = app.add_subcommand("first", "Wait until a daemon allows the first token of the file");
  first_app->add_option("--patience", flags.patience, "The seconds to wait at most (default: 60)")
      ->check(CLI::Range(1, 3'600));
  crowd_app->add_option("--connections", flags.crowd, "The number of connections (default: 10000)")
      ->check(CLI::Range(1, 100'000));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? program::kExitDone : program::kExitUsage;
  }
  const auto endpoint = net::parse_endpoint(flags.to);
  if (!endpoint) return fail_usage(endpoint.error().message());
  if (const std::string wrong = complete(flags); !wrong.empty()) return fail_usage(wrong);
  flags.keys.endpoint = flags.plan.endpoint = *endpoint;
  if (crowd_app->parsed()) return crowd(*endpoint, flags);
  if (flags.tokens.empty() && !flags.ask.unknown && !flags.ask.mistyped)
    return fail_usage("--tokens is required");
  if (first_app->parsed()) return first(*endpoint, flags);
  return make_app->parsed() ? make(flags) : ask(flags);
}

}  // namespace
}  // namespace keyledger::tools::load

int main(int argc, char** argv) { return keyledger::tools::load::run(argc, argv); }
