// DaemonUnderTest: a daemon in the test's process, on a log in memory, with a clock that stands still and
// randomness that repeats. The daemon listens on a Unix socket and on TCP.
#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "net/client.h"
#include "net/daemon.h"
#include "tests/support/fixed_entropy.h"
#include "tests/support/manual_clock.h"
#include "tests/support/temp_directory.h"
#include "tests/support/watched_log.h"

namespace keyledger::net {

constexpr ledger::Timestamp kNoon{1'800'000'000'000'000};
constexpr const char* kAccount = "0000-0000-0007";

// Returns the value of an answer; a failure fails the test.
template <typename T>
T must(Answer<T> answer) {
  if (!answer) FAIL(answer.error().message);
  return std::move(*answer);
}

// Returns the failure in an answer; a value fails the test.
template <typename T>
Failure failure_in(const Answer<T>& answer) {
  if (answer.ok()) FAIL("there is an answer");
  return answer.error();
}

inline Failure failure_in(const Response& response) {
  const auto* failure = std::get_if<Failure>(&response.body);
  if (failure == nullptr) FAIL("there is an answer");
  return *failure;
}

class DaemonUnderTest {
 public:
  struct Options {
    commands::UseDurability durability = commands::UseDurability::kWritten;
    std::size_t connections_max = 1'000;
    std::size_t threads = 1;
  };

  DaemonUnderTest() : DaemonUnderTest(Options{}) {}
  explicit DaemonUnderTest(const Options& options) : daemon_(parts(options), projections::State{}) {
    unix_endpoint = listen(UnixEndpoint{(directory_ / "daemon.sock").string()});
    tcp_endpoint = listen(TcpEndpoint{"127.0.0.1", 0});
    daemon_.start();
  }

  std::unique_ptr<Client> connect() const { return connect(unix_endpoint); }
  static std::unique_ptr<Client> connect(const Endpoint& endpoint) {
    auto client = Client::connect(endpoint);
    if (!client) FAIL(client.error().message());
    return std::move(*client);
  }

  void stop() { daemon_.stop(); }

  // Returns every record, in order.
  std::vector<ledger::Record> records() const {
    std::vector<ledger::Record> all;
    auto cursor = log.read(ledger::Position{1});
    if (!cursor) FAIL(cursor.error().message());
    for (;;) {
      auto record = (*cursor)->next();
      if (!record) FAIL(record.error().message());
      if (!record->has_value()) return all;
      all.push_back(std::move(**record));
    }
  }

  projections::State replayed() const {
    projections::State state;
    for (const ledger::Record& record : records()) {
      if (const auto applied = state.apply(record); !applied) FAIL(applied.error().message());
    }
    return state;
  }

  // Stops the daemon, and compares the live state with the state that is replayed from the log.
  void check_live_is_replayed() {
    stop();
    const projections::State state = replayed();
    const auto closing = daemon_.closing_digest();
    REQUIRE(closing.has_value());
    CHECK(closing->position == log.head().position);
    CHECK(closing->position == state.position());
    CHECK(closing->digest == state_digest_of(state.catalog, state.access));
  }

  tests::ManualClock clock{kNoon};
  tests::FixedEntropy entropy{7};
  tests::WatchedLog log;
  Endpoint unix_endpoint;
  Endpoint tcp_endpoint;

 private:
  Daemon::Parts parts(const Options& options) {
    return {.log = log,
            .index = log,
            .clock = clock.clock(),
            .entropy = entropy.source(),
            .ledger_id = "a ledger",
            .version = "9.9.9",
            .note_durable = {},
            .use_durability = options.durability,
            .threads = options.threads,
            .connections_max = options.connections_max};
  }

  Endpoint listen(const Endpoint& endpoint) {
    auto bound = daemon_.listen(endpoint);
    if (!bound) FAIL(bound.error().message());
    return *bound;
  }

  tests::TempDirectory directory_;
  Daemon daemon_;
};

// The beginning of most tests: an account, Ada as staff, the client "bot", and Ada's key "ci", assigned to
// the client.
struct Setting {
  std::string token;
  std::string key_id;
  std::string client_id;
  ledger::Position position;
};

inline DoneAnswer run(Client& client, commands::Command command) {
  return must(client.run({.command = std::move(command)}));
}

// Creates a key of Ada's and returns the token.
inline std::string create_key(Client& client, const std::string& name) {
  const auto done = run(client, commands::CreateKey{.account = kAccount, .username = "ada", .name = name});
  return std::string(done.secret.expose());
}

inline Setting prepare(Client& client) {
  run(client, commands::OpenAccount{kAccount, "Acme"});
  run(client, commands::RegisterUser{kAccount, "ada", ledger::StaffFlag::kStaff});
  const auto bot = run(client, commands::RegisterClient{.account = kAccount, .name = "bot"});
  const auto key = run(client, commands::CreateKey{.account = kAccount, .username = "ada", .name = "ci"});
  const auto assigned = run(client, commands::AssignKey{"ada/ci", "bot"});
  return {.token = std::string(key.secret.expose()),
          .key_id = std::get<projections::KeyRow>(*key.done.entity).key_id,
          .client_id = std::get<projections::ClientRow>(*bot.done.entity).client_id,
          .position = assigned.done.position};
}

}  // namespace keyledger::net
