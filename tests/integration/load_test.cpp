// keyledger_load against a real daemon, in each of its modes. The counts must be right; speed is not tested.
#ifndef KEYLEDGER_MEMORY_LOG_ONLY

#include <catch2/catch.hpp>
#include <fstream>
#include <set>

#include "tests/support/daemon_process.h"
#include "tests/support/temp_directory.h"

namespace keyledger::tests {
namespace {

namespace fs = std::filesystem;

Program load_program(std::vector<std::string> arguments) {
  return {.path = fs::path(KEYLEDGER_BINARIES) / "keyledger_load", .arguments = std::move(arguments)};
}

// A daemon, and a file for tokens beside its ledger.
struct Load {
  TempDirectory directory;
  DaemonProcess daemon{directory / "ledger"};
  std::string tokens = (directory / "tokens").string();

  boost::json::value run(std::vector<std::string> arguments, const std::string& subcommand) {
    std::vector<std::string> all = {"--to", daemon.address(), "--tokens", tokens, subcommand};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const Ending ending = tests::run(load_program(all));
    if (ending.status != 0) FAIL(ending.err);
    return parse_json(ending.out);
  }
  boost::json::value make_keys(std::vector<std::string> arguments) {
    return run(std::move(arguments), "make-keys");
  }
  // Asks for a twentieth of a second.
  boost::json::value ask(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--seconds", "0.05"});
    return run(std::move(arguments), "ask");
  }

  std::uint64_t position() const { return daemon.client()->stats().value().head.position.value(); }

  std::set<std::string> distinct_tokens() const {
    std::ifstream in(tokens);
    std::set<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.insert(line);
    return lines;
  }
};

std::uint64_t count_in(const boost::json::value& answer, const char* field) {
  return answer.at(field).to_number<std::uint64_t>();
}

}  // namespace

TEST_CASE("keys are made by creation and by import, for many owners and clients, and all of them work") {
  Load load;
  const bool by_import = GENERATE(false, true);
  std::vector<std::string> arguments = {"--count",   "150", "--users",     "7",
                                        "--clients", "3",   "--in-flight", "20"};
  if (by_import) arguments.insert(arguments.end(), {"--by-import", "--per-import", "64"});
  CHECK(count_in(load.make_keys(arguments), "keys") == 150);
  CHECK(load.distinct_tokens().size() == 150);
  const auto stats = load.daemon.client()->stats().value();
  CHECK(stats.keys == 150);
  CHECK(stats.users == 7);
  CHECK(stats.clients == 3);
  CHECK(count_in(load.ask({}), "wrong") == 0);
  // Key n is assigned to client n modulo 3; its token is line n.
  CHECK(count_in(load.ask({"--client", "client1", "--skip", "1", "--only", "1"}), "wrong") == 0);
  // Make further keys beside the first.
  load.make_keys({"--count", "10", "--users", "7", "--name", "more"});
  CHECK(load.daemon.client()->stats().value().keys == 160);
}

TEST_CASE("every answer that the load generator counts is in the log, however it asks") {
  Load load;
  load.make_keys({"--count", "100"});
  const std::vector<std::string> way = GENERATE(values<std::vector<std::string>>({
      {"--connections", "3"},
      {"--depth", "16"},
      {"--depth", "16", "--sliding", "--warm-up", "0.02"},
      {"--batch", "32", "--connections", "2"},
      {"--rate", "2000"},
      {"--rate", "2000", "--exponential", "--seed", "7"},
      {"--zipf", "1.1", "--address", "192.0.2.7"},
      {"--addresses", "50"},
      {"--only", "1", "--any"},
  }));
  CAPTURE(way);
  const std::uint64_t before = load.position();
  const auto answer = load.ask(way);
  CHECK(count_in(answer, "answers") > 0);
  CHECK(count_in(answer, "wrong") == 0);
  CHECK(count_in(answer, "unanswered") == 0);
  CHECK(load.position() == before + count_in(answer, "answers"));
}

TEST_CASE("strangers' tokens are denied, and leave no record each") {
  Load load;
  for (const char* kind : {"--unknown", "--mistyped"}) {
    CAPTURE(kind);
    const std::uint64_t before = load.position();
    const auto answer = load.ask({kind, "--depth", "16"});
    CHECK(count_in(answer, "answers") > 16);
    CHECK(count_in(answer, "wrong") == 0);
    CHECK(load.position() < before + 16);
  }
}

TEST_CASE("a wrong answer fails the run that counted it") {
  Load load;
  load.make_keys({"--count", "1"});
  const Ending ending = run(load_program({"--to", load.daemon.address(), "--tokens", load.tokens, "ask",
                                          "--client", "nobody", "--seconds", "0.05"}));
  CHECK(ending.status == 3);
  CHECK(ending.err == "keyledger_load: some answers were wrong\n");
  const auto answer = parse_json(ending.out);
  CHECK(count_in(answer, "wrong") == count_in(answer, "answers"));
}

TEST_CASE("a crowd is answered, and so is who waits for the first verdict") {
  Load load;
  load.make_keys({"--count", "1"});
  const auto crowd = load.run({"--connections", "50"}, "crowd");
  CHECK(count_in(crowd, "answered") == 50);
  CHECK(count_in(crowd, "refused") == 0);
  CHECK(count_in(crowd, "silent") == 0);
  CHECK(load.run({}, "first").at("seconds").as_double() >= 0);
}

TEST_CASE("a load that makes no sense is wrong usage") {
  const std::vector<std::string> wrong = GENERATE(values<std::vector<std::string>>({
      {},
      {"ask"},
      {"ask", "--redis", "--http"},
      {"ask", "--http", "--depth", "2"},
      {"ask", "--redis", "--batch", "2"},
      {"ask", "--unknown", "--address", "nowhere"},
      {"ask", "--depth", "none"},
      {"ask", "--rate", "-1"},
      {"make-keys", "--count", "0"},
      {"dance"},
  }));
  CAPTURE(wrong);
  std::vector<std::string> arguments = {"--to", "unix:/nowhere"};
  arguments.insert(arguments.end(), wrong.begin(), wrong.end());
  CHECK(run(load_program(arguments)).status == 2);
  CHECK(run(load_program({"--to", "nowhere", "crowd"})).status == 2);
}

}  // namespace keyledger::tests

#endif
