// The end of a daemon, and many clients at once before the end.
#include <catch2/catch.hpp>
#include <filesystem>
#include <latch>
#include <map>
#include <set>
#include <thread>

#include "tests/net/daemon_under_test.h"
#include "tests/net/held_sync.h"
#include "tests/net/raw_connection.h"

namespace keyledger::net {
namespace {

using projections::Question;

Request asking(std::uint64_t id, const Question& question) {
  return {.id = id, .body = AskVerdicts{.questions = std::span(&question, 1)}};
}

// Imports enough keys that a few lists fill the system's buffer of a connection.
void import_some(Client& client) {
  commands::ImportKeys import{.account = kAccount,
                              .users = {{"ada", ledger::StaffFlag::kStaff, ledger::ActiveFlag::kActive}}};
  for (std::size_t i = 0; i < 500; ++i) {
    import.keys.push_back({.username = "ada",
                           .base_name = "knox",
                           .digest = ledger::knox5_digest(std::to_string(i)),
                           .created = kNoon,
                           .active = ledger::ActiveFlag::kActive});
  }
  run(client, std::move(import));
}

// Stops the daemon on another thread, while the writer waits for a sync.
class Stopping {
 public:
  Stopping(DaemonUnderTest& daemon, HeldSync& sync) : sync_(sync), thread_([&] { daemon.stop(); }) {}
  Stopping(const Stopping&) = delete;
  Stopping& operator=(const Stopping&) = delete;
  ~Stopping() { finish(); }

  void finish() {
    sync_.release();
    if (thread_.joinable()) thread_.join();
  }

 private:
  HeldSync& sync_;
  std::thread thread_;
};

// A connection that notices when the writer takes nothing more: sends commands that must be refused, until
// the reason for a refusal is that the daemon stops.
class Knocking {
 public:
  explicit Knocking(const DaemonUnderTest& daemon)
      : path_(std::get<UnixEndpoint>(daemon.unix_endpoint).path), connection_(daemon.unix_endpoint) {
    pass_some_time();
  }

  void until_stopping() {
    while (std::filesystem::exists(path_)) std::this_thread::yield();
    const RunCommand late{.command = commands::OpenAccount{"no account number", "Late"}};
    for (;; ++queued_) {
      connection_.send(Request{.id = ++id_, .body = late});
      connection_.send(Request{.id = ++id_, .body = AskActiveKey{"bot"}});
      const Response response = connection_.answer();
      if (std::holds_alternative<Failure>(response.body)) {
        REQUIRE(failure_in(response).name == "stopping");
        REQUIRE(std::holds_alternative<ActiveKeyAnswer>(connection_.answer().body));
        return;
      }
      // The command waits for the writer. A connection may have a limited number of waiting commands.
      pass_some_time();
    }
  }

  void check_all_answered() {
    for (; queued_ > 0; --queued_) CHECK(failure_in(connection_.answer()).name == "account_number_invalid");
    CHECK(!connection_.receive());
  }

 private:
  void pass_some_time() {
    for (int i = 0; i < 20; ++i) {
      connection_.send(Request{.id = ++id_, .body = AskActiveKey{"bot"}});
      REQUIRE(std::holds_alternative<ActiveKeyAnswer>(connection_.answer().body));
    }
  }

  std::string path_;
  RawConnection connection_;
  std::uint64_t id_ = 0;
  std::uint64_t queued_ = 0;
};

}  // namespace

TEST_CASE("a daemon that stops answers the commands that are under way") {
  DaemonUnderTest daemon;
  HeldSync sync(daemon);
  const Setting setting = prepare(*daemon.connect());
  // The answers fit into the socket: the client reads them later, and the daemon does not wait long for
  // clients.
  constexpr std::uint64_t kCommands = 200;
  Knocking knocking(daemon);
  RawConnection connection(daemon.unix_endpoint);
  sync.arm();
  for (std::uint64_t id = 1; id <= kCommands; ++id) {
    connection.send(Request{.id = id, .body = RunCommand{.command = commands::ToggleKey{"ci"}}});
  }
  connection.send(asking(kCommands + 1, {.token = setting.token}));
  // The answer means that the daemon has read all earlier requests.
  REQUIRE(connection.answer().id == kCommands + 1);
  sync.wait_until_reached();
  Stopping stopping(daemon, sync);
  knocking.until_stopping();
  stopping.finish();
  std::set<std::uint64_t> answered;
  while (auto response = connection.receive()) {
    CHECK(std::get<DoneAnswer>(response->body).done.events == 1);
    answered.insert(response->id);
  }
  CHECK(answered.size() == kCommands);
  knocking.check_all_answered();
  CHECK(daemon.log.head().position.value() == setting.position.value() + kCommands + 1);
  daemon.check_live_is_replayed();
}

TEST_CASE("what is asked of a daemon that stops is refused with that, whatever it is") {
  DaemonUnderTest daemon;
  HeldSync sync(daemon);
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  Knocking knocking(daemon);
  RawConnection held(daemon.unix_endpoint);
  sync.arm();
  held.send(Request{.id = 1, .body = RunCommand{.command = commands::DeactivateKey{"ci"}}});
  sync.wait_until_reached();
  Stopping stopping(daemon, sync);
  knocking.until_stopping();
  CHECK(failure_in(client->stats()).name == "stopping");
  CHECK(failure_in(client->state_digest()).name == "stopping");
  CHECK(failure_in(client->rows(AskList{}, [](const auto&) {})).name == "stopping");
  CHECK(failure_in(client->history({}, [](const auto&) {})).name == "stopping");
  // The key's deactivation is not on the disk yet.
  CHECK(must(client->authenticate({.token = setting.token})).allowed());
  stopping.finish();
  CHECK(std::get<DoneAnswer>(held.answer().body).done.events == 1);
  CHECK(!held.receive());
  knocking.check_all_answered();
  daemon.check_live_is_replayed();
}

TEST_CASE("a daemon that has stopped answers nowhere, and its socket's file is gone") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  prepare(*client);
  CHECK(std::filesystem::exists(std::get<UnixEndpoint>(daemon.unix_endpoint).path));
  daemon.stop();
  CHECK(!std::filesystem::exists(std::get<UnixEndpoint>(daemon.unix_endpoint).path));
  for (const Endpoint& endpoint : {daemon.unix_endpoint, daemon.tcp_endpoint}) {
    const auto refused = Client::connect(endpoint);
    REQUIRE(!refused.ok());
    CHECK(refused.error().code == ledger::ErrorCode::kCannotConnect);
  }
  CHECK(failure_in(client->stats()).name == "disconnected");
  daemon.stop();
}

TEST_CASE("a daemon stops though a client does not read, and though one waits for what never comes") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  RawConnection deaf(daemon.unix_endpoint);
  import_some(*client);
  for (std::uint64_t id = 1; id <= 200; ++id) {
    deaf.send(Request{.id = id, .body = AskList{.kind = projections::RowKind::kKeys}});
  }
  REQUIRE(deaf.receive_frame());
  RawConnection waiting(daemon.unix_endpoint);
  const Question question{.token = setting.token};
  waiting.send(Request{.id = 1,
                       .min_position = ledger::Position{1'000'000},
                       .body = AskVerdicts{.questions = std::span(&question, 1)}});
  waiting.send(Request{.id = 2, .body = AskActiveKey{"bot"}});
  REQUIRE(waiting.answer().id == 2);
  daemon.check_live_is_replayed();
  while (const auto response = waiting.receive()) CHECK(std::holds_alternative<Failure>(response->body));
}

TEST_CASE("a daemon that was never started ends as well") {
  tests::TempDirectory directory;
  const auto log = ledger::make_memory_log();
  tests::FixedEntropy entropy(1);
  Daemon daemon({.log = *log, .index = *log, .clock = [] { return kNoon; }, .entropy = entropy.source()}, {});
  REQUIRE(daemon.listen(UnixEndpoint{(directory / "a.sock").string()}).ok());
}

TEST_CASE("a socket that somebody answers on is not taken, and one that nobody does is") {
  DaemonUnderTest daemon;
  const auto log = ledger::make_memory_log();
  tests::FixedEntropy entropy(1);
  Daemon second({.log = *log, .index = *log, .clock = [] { return kNoon; }, .entropy = entropy.source()}, {});
  for (const Endpoint& taken : {daemon.unix_endpoint, daemon.tcp_endpoint}) {
    const auto refused = second.listen(taken);
    REQUIRE(!refused.ok());
    CHECK(refused.error().code == ledger::ErrorCode::kAddressInUse);
  }
  CHECK(must(daemon.connect()->stats()).version == "9.9.9");

  tests::TempDirectory directory;
  const std::string stale = (directory / "stale.sock").string();
  {
    boost::asio::io_context context;
    boost::asio::local::stream_protocol::acceptor left(context, stale);
  }
  REQUIRE(std::filesystem::exists(stale));
  CHECK(second.listen(UnixEndpoint{stale}).ok());
}

TEST_CASE("an endpoint that cannot be listened on is refused with its name") {
  tests::TempDirectory directory;
  const auto log = ledger::make_memory_log();
  tests::FixedEntropy entropy(1);
  Daemon daemon({.log = *log, .index = *log, .clock = [] { return kNoon; }, .entropy = entropy.source()}, {});
  const Endpoint endpoints[] = {UnixEndpoint{(directory / "no/such/directory/a.sock").string()},
                                UnixEndpoint{directory.path().string()},
                                UnixEndpoint{std::string(kUnixPathMax + 1, 'p')},
                                UnixEndpoint{""},
                                TcpEndpoint{"192.0.2.1", 0},
                                TcpEndpoint{"0.0.0.0", 0},
                                TcpEndpoint{"not-an-address", 0}};
  for (const Endpoint& endpoint : endpoints) {
    CAPTURE(to_string(endpoint));
    const auto refused = daemon.listen(endpoint);
    REQUIRE(!refused.ok());
    CHECK((refused.error().code == ledger::ErrorCode::kCannotListen ||
           refused.error().code == ledger::ErrorCode::kAddressInUse));
    CHECK_THAT(refused.error().detail, Catch::Contains(to_string(endpoint)));
  }
}

TEST_CASE("a command whose sync fails is not said to be done, and the daemon says so from then on") {
  DaemonUnderTest daemon;
  std::atomic<bool> broken = false;
  daemon.log.before_sync = [&] { return !broken; };
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  broken = true;
  CHECK(failure_in(client->run({.command = commands::DeactivateKey{"ci"}})).name == "write_failed");
  CHECK(failure_in(client->run({.command = commands::ActivateKey{"ci"}})).name == "write_failed");
  CHECK(failure_in(client->authenticate({.token = setting.token})).name == "write_failed");
}

TEST_CASE("uses that cannot be written do not take down a daemon whose command is being synced") {
  DaemonUnderTest daemon;
  HeldSync sync(daemon);
  std::atomic<bool> broken = false;
  daemon.log.before_append = [&] { return !broken; };
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  RawConnection commanding(daemon.unix_endpoint);
  sync.arm();
  commanding.send(Request{.id = 1,
                          .body = RunCommand{.command = commands::CreateKey{
                                                 .account = kAccount, .username = "ada", .name = "second"}}});
  sync.wait_until_reached();
  broken = true;
  CHECK(failure_in(client->authenticate({.token = setting.token})).name == "write_failed");
  sync.release();
  // The command is on the disk and therefore done.
  const Response response = commanding.answer();
  CHECK(std::get<DoneAnswer>(response.body).done.events == 1);
  CHECK(failure_in(client->rows(AskList{.kind = projections::RowKind::kKeys}, [](const auto&) {})).name ==
        "write_failed");
}

namespace {

// One client of many. Returns a description of the first failure, because only the test's own thread may
// check.
class Worker {
 public:
  Worker(const DaemonUnderTest& daemon, const Setting& setting, int number)
      : client_(DaemonUnderTest::connect(number % 2 == 0 ? daemon.unix_endpoint : daemon.tcp_endpoint)),
        token_(setting.token),
        name_("key-" + std::to_string(number)) {}

  void work(int rounds) {
    for (int round = 0; round < rounds && wrong.empty(); ++round) {
      const std::string name = name_ + "-" + std::to_string(round);
      const auto created = client_->run(
          {.command = commands::CreateKey{.account = kAccount, .username = "ada", .name = name}});
      if (!created) return fail(created.error().message);
      const std::string token(created->secret.expose());
      expect(client_->authenticate({.token = token}), ledger::VerdictReason::kAllowed, "a new key");
      const auto revoked = client_->run({.command = commands::DeactivateKey{"ada/" + name}});
      if (!revoked) return fail(revoked.error().message);
      expect(client_->authenticate({.token = token}), ledger::VerdictReason::kInactive, "a revoked key");
      expect(client_->authenticate({.token = token_, .client = "bot"}), ledger::VerdictReason::kAllowed,
             "the key of all");
      expect(client_->authenticate({.token = "nobody's"}), ledger::VerdictReason::kUnknown, "no key");
      ask_at_length(round, name);
    }
  }

  std::string wrong;
  std::uint64_t uses = 0;  // of keys

 private:
  void fail(const std::string& what) { wrong = name_ + ": " + what; }

  void expect(const Answer<VerdictAnswer>& answer, ledger::VerdictReason reason, const std::string& what) {
    if (!answer) return fail(answer.error().message);
    if (answer->reason != reason) return fail(what + " is " + answer->reason_name);
    uses += !answer->key_id.empty();
  }

  void ask_at_length(int round, const std::string& name) {
    std::size_t rows = 0;
    const auto count = [&](const auto& chunk) { rows += chunk.size(); };
    std::optional<Failure> failure;
    const auto keep = [&](const auto& answer) {
      if (!answer) failure = answer.error();
    };
    if (round % 4 == 0)
      keep(client_->rows(AskList{.kind = projections::RowKind::kKeys, .name = name}, count));
    if (round % 4 == 1)
      keep(client_->history({.kind = ledger::EntityRef::Kind::kKey, .entity = name}, count));
    if (round % 4 == 2) keep(client_->rows(AskState{}, count));
    if (round % 4 == 3) keep(client_->state_digest()), rows = 1;
    if (failure) return fail(failure->message);
    if (rows == 0) fail("an answer of no rows");
  }

  std::unique_ptr<Client> client_;
  std::string token_;
  std::string name_;
};

}  // namespace

TEST_CASE("many clients at once see what they did, and the log tells the same as the state they left") {
  DaemonUnderTest daemon;
  const Setting setting = prepare(*daemon.connect());
  constexpr int kWorkers = 6;
  constexpr int kRounds = 24;
  std::vector<std::unique_ptr<Worker>> workers;
  for (int i = 0; i < kWorkers; ++i) workers.push_back(std::make_unique<Worker>(daemon, setting, i));
  std::vector<std::thread> threads;
  for (const auto& worker : workers) threads.emplace_back([&] { worker->work(kRounds); });
  for (std::thread& thread : threads) thread.join();
  std::uint64_t uses = 0;
  for (const auto& worker : workers) {
    CHECK(worker->wrong == "");
    uses += worker->uses;
  }
  daemon.check_live_is_replayed();

  std::uint64_t used = 0;
  std::size_t created = 0;
  for (const ledger::Record& record : daemon.records()) {
    for (const ledger::Event& event : record.events) {
      created += std::holds_alternative<ledger::KeyCreated>(event);
      if (const auto* block = ledger::uses_of(event)) used += block->uses.size();
    }
  }
  CHECK(created == kWorkers * kRounds + 1);
  CHECK(uses == 3 * kWorkers * kRounds);
  CHECK(used == uses);
}

TEST_CASE("a daemon that stops under load has logged every verdict and command that it answered") {
  DaemonUnderTest daemon;
  const Setting setting = prepare(*daemon.connect());
  constexpr int kClients = 4;
  std::atomic<std::uint64_t> allowed = 0;
  std::atomic<std::uint64_t> done = 0;
  std::latch warm{kClients};
  std::vector<std::thread> threads;
  for (int i = 0; i < kClients; ++i) {
    auto connection =
        std::make_shared<RawConnection>(i % 2 == 0 ? daemon.unix_endpoint : daemon.tcp_endpoint);
    threads.emplace_back([&, connection] {
      const Question question{.token = setting.token, .client = "bot"};
      for (std::uint64_t id = 1;; ++id) {
        const bool asks = id % 4 != 0;
        const bool sent =
            asks ? connection->send(asking(id, question))
                 : connection->send(Request{
                       .id = id,
                       .body = RunCommand{.command = commands::AssignKey{"ci", "bot"}, .reason = "again"}});
        const auto response = sent ? connection->receive() : std::nullopt;
        if (id == 20) warm.count_down();
        if (!response) break;
        if (std::holds_alternative<std::vector<VerdictAnswer>>(response->body)) ++allowed;
        if (std::holds_alternative<DoneAnswer>(response->body)) ++done;
      }
    });
  }
  warm.wait();
  daemon.stop();
  for (std::thread& thread : threads) thread.join();
  std::uint64_t used = 0;
  for (const ledger::Record& record : daemon.records()) {
    if (const auto* block = ledger::uses_of(record.events.front())) used += block->uses.size();
  }
  CHECK(allowed >= kClients * 15);
  CHECK(done >= kClients * 5);
  CHECK(used >= allowed);
  daemon.check_live_is_replayed();
}

TEST_CASE("C4: a long answer that a stop cuts off ends with the failure `stopping`") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  const std::vector<Question> questions(4'096, Question{.token = setting.token});
  for (int i = 0; i < 4; ++i) must(client->authenticate_many(questions));
  // More histories than run at once, and more rows than the output takes; the rest of the requests is not
  // begun.
  constexpr std::uint64_t kHistories = 40;
  RawConnection connection(daemon.unix_endpoint);
  for (std::uint64_t id = 1; id <= kHistories; ++id) {
    connection.send(Request{.id = id, .body = AskHistory{.uses = ledger::UsesInHistory::kInclude}});
  }
  REQUIRE(connection.answer().more);
  std::thread stopping([&] { daemon.stop(); });
  std::map<std::uint64_t, bool> is_failed;  // for each history that has ended
  while (const auto response = connection.receive()) {
    CHECK(!is_failed.contains(response->id));
    if (response->more) continue;
    is_failed[response->id] = std::holds_alternative<Failure>(response->body);
    if (is_failed[response->id]) CHECK(failure_in(*response).name == "stopping");
  }
  stopping.join();
  CHECK(is_failed.size() == kHistories);
  CHECK(is_failed[kHistories]);
}

}  // namespace keyledger::net
