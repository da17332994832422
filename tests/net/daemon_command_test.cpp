// Commands to a daemon.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <set>

#include "ledger/values/token.h"
#include "tests/net/daemon_under_test.h"
#include "tests/net/raw_connection.h"

namespace keyledger::net {
namespace {

using namespace commands;  // NOLINT(google-build-using-namespace): what every test here gives
using ledger::Position;
using projections::KeyRow;

KeyRow key_of(const DoneAnswer& answer) {
  REQUIRE(answer.done.entity);
  return std::get<KeyRow>(*answer.done.entity);
}

// Returns an import of `count` keys of `username`.
ImportKeys dump_of(std::size_t count, const std::string& username = "ada") {
  ImportKeys import{.account = kAccount,
                    .users = {{username, ledger::StaffFlag::kStaff, ledger::ActiveFlag::kActive}}};
  for (std::size_t i = 0; i < count; ++i) {
    import.keys.push_back({.username = username,
                           .base_name = "knox5",
                           .digest = ledger::knox5_digest(username + std::to_string(i)),
                           .created = kNoon,
                           .active = ledger::ActiveFlag::kActive});
  }
  return import;
}

}  // namespace

TEST_CASE("a command is done, and what it did is told") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();

  const auto account = run(*client, OpenAccount{kAccount, "Acme"});
  CHECK(account.done.first == Position{1});
  CHECK(account.done.position == Position{1});
  CHECK(account.done.events == 1);
  CHECK(!account.done.repeated);
  CHECK(account.secret.empty());
  CHECK(std::get<projections::AccountRow>(*account.done.entity).name == "Acme");

  const auto user = run(*client, RegisterUser{kAccount, "ada", ledger::StaffFlag::kStaff});
  CHECK(user.done.first == Position{2});
  CHECK(user.done.position == Position{3});
  CHECK(user.done.events == 2);
  CHECK(std::get<projections::UserRow>(*user.done.entity).staff);

  const auto bot = run(*client, RegisterClient{.account = kAccount, .name = "bot"});
  const auto& bot_row = std::get<projections::ClientRow>(*bot.done.entity);
  CHECK(ledger::parse_uuid(bot_row.client_id));
  CHECK(!bot_row.requires_key);

  const auto key = run(*client, CreateKey{.account = kAccount,
                                          .username = "ada",
                                          .name = "ci",
                                          .description = "builds",
                                          .tags = {"prod"},
                                          .expiry = ledger::later_by(kNoon, 5)});
  CHECK(ledger::shape_of(key.secret.expose()) == ledger::TokenShape::kNative);
  CHECK(key.secret.expose().starts_with("kl_"));
  const KeyRow row = key_of(key);
  CHECK(ledger::parse_uuid(row.key_id));
  CHECK(row.name == "ci");
  CHECK(row.tags == std::vector<std::string>{"prod"});
  CHECK(row.expiry == ledger::later_by(kNoon, 5));
  CHECK(row.status == projections::KeyStatus::kActive);

  CHECK(key_of(run(*client, AssignKey{"ci", "bot"})).clients == std::vector<std::string>{"bot"});
  CHECK(key_of(run(*client, DeactivateKey{row.key_id})).status == projections::KeyStatus::kInactive);
  CHECK(key_of(run(*client, ToggleKey{"ada/ci"})).status == projections::KeyStatus::kActive);
  CHECK(key_of(run(*client, ToggleKey{"ada/ci"})).status == projections::KeyStatus::kInactive);
  CHECK(key_of(run(*client, ActivateKey{"ci"})).status == projections::KeyStatus::kActive);
  CHECK(key_of(run(*client, UnassignKey{"ci", "bot"})).clients.empty());
  const auto deleted = run(*client, DeleteKey{row.key_id});
  CHECK(key_of(deleted).status == projections::KeyStatus::kDeleted);
  CHECK(deleted.done.position == daemon.log.head().position);
  daemon.check_live_is_replayed();
}

TEST_CASE("a command whose wish is granted already appends nothing and names the state that has it") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  const auto again = run(*client, AssignKey{"ci", "bot"});
  CHECK(again.done.first == ledger::kBeforeFirst);
  CHECK(again.done.events == 0);
  CHECK(again.done.position == setting.position);
  CHECK(daemon.log.head().position == setting.position);
}

TEST_CASE("a command that is refused says why, and leaves the log as it was") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  prepare(*client);
  run(*client, RegisterUser{kAccount, "bob", ledger::StaffFlag::kNotStaff});
  const auto head = daemon.log.head();
  const Failure not_staff =
      failure_in(client->run({.command = CreateKey{.account = kAccount, .username = "bob", .name = "his"}}));
  CHECK(not_staff.code == 1'001);
  CHECK(not_staff.message == "API Keys can only be created for staff users: bob");
  CHECK(failure_in(client->run({.command = OpenAccount{kAccount, "Again"}})).name == "account_exists");
  CHECK(failure_in(client->run({.command = DeleteKey{"nobody's"}})).name == "key_unknown");
  CHECK(failure_in(client->run({.command = DeleteKey{"ci"}, .reason = std::string(1'001, 'r')})).name ==
        "reason_too_long");
  CHECK(failure_in(client->run({.command = DeleteKey{"ci"}, .idempotency_id = "a b"})).name ==
        "idempotency_id_invalid");
  const CreateKey another{.account = kAccount, .username = "ada", .name = "another"};
  CHECK(failure_in(client->run({.command = another, .token_prefix = "far_too_long"})).name ==
        "prefix_invalid");
  CHECK(daemon.log.head() == head);
}

TEST_CASE("a key gets the prefix that was asked for") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  prepare(*client);
  const auto done = must(client->run(
      {.command = CreateKey{.account = kAccount, .username = "ada", .name = "a"}, .token_prefix = "acme_"}));
  CHECK(done.secret.expose().starts_with("acme_"));
  const std::string token(done.secret.expose());
  CHECK(must(client->authenticate({.token = token})).allowed());
}

TEST_CASE("no token is in the log, nor a part of one") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  CHECK(must(client->authenticate({.token = setting.token, .client = "bot"})).allowed());
  const std::string part = setting.token.substr(3, 12);
  auto cursor = daemon.log.read(Position{1});
  REQUIRE(cursor.ok());
  while (true) {
    const auto record = (*cursor)->next();
    REQUIRE(record.ok());
    if (!record->has_value()) break;
    const auto bytes = (*cursor)->bytes();
    CHECK(std::string(bytes.begin(), bytes.end()).find(part) == std::string::npos);
  }
}

TEST_CASE("without randomness nothing is made that needs it, and the rest goes on") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  daemon.entropy.run_dry();
  const auto refused =
      failure_in(client->run({.command = CreateKey{.account = kAccount, .username = "ada", .name = "weak"}}));
  CHECK(refused.name == "randomness");
  CHECK(!refused.is_refusal());
  CHECK(failure_in(client->run({.command = RegisterClient{.account = kAccount, .name = "c"}})).name ==
        "randomness");
  CHECK(failure_in(client->run({.command = dump_of(1)})).name == "randomness");
  CHECK(daemon.log.head().position == setting.position);
  CHECK(must(client->authenticate({.token = setting.token})).allowed());
  run(*client, DeactivateKey{"ci"});
}

TEST_CASE("the log says who gave a command, from where and why") {
  DaemonUnderTest daemon;
  const auto over_unix = daemon.connect();
  const auto over_tcp = DaemonUnderTest::connect(daemon.tcp_endpoint);
  must(over_unix->run({.command = OpenAccount{"0000-0000-0001", "One"}, .reason = "asked for by Ada"}));
  must(over_tcp->run({.command = OpenAccount{"0000-0000-0002", "Two"}}));
  must(over_tcp->run({.command = dump_of(1), .import_source = "a.json"}));

  const auto records = daemon.records();
  REQUIRE(records.size() == 3);
  const auto uid = static_cast<std::uint32_t>(::getuid());
  CHECK(records[0].actor == ledger::Actor{ledger::OperatorActor{"uid:" + std::to_string(uid)}});
  CHECK(records[0].origin == ledger::Origin{ledger::UnixOrigin{uid}});
  CHECK(records[0].reason == "asked for by Ada");
  CHECK(records[0].time == kNoon);
  const ledger::Origin loopback = ledger::AddressOrigin{ledger::parse_address("127.0.0.1").value()};
  CHECK(records[1].actor == ledger::Actor{ledger::OperatorActor{"tcp"}});
  CHECK(records[1].origin == loopback);
  CHECK(records[1].reason.empty());
  CHECK(records[2].actor == ledger::Actor{ledger::ImportActor{"a.json"}});
  CHECK(records[2].origin == loopback);
}

TEST_CASE("a command that is repeated under its id is done once, on whichever connection") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  prepare(*client);
  const RunCommand create{.command = CreateKey{.account = kAccount, .username = "ada", .name = "once"},
                          .idempotency_id = "01J"};
  const auto first = must(client->run(create));
  const auto head = daemon.log.head();
  const auto second = must(DaemonUnderTest::connect(daemon.tcp_endpoint)->run(create));
  CHECK(second.done.repeated);
  CHECK(second.done.first == first.done.first);
  CHECK(second.done.position == first.done.position);
  CHECK(second.done.events == 1);
  CHECK(key_of(second).key_id == key_of(first).key_id);
  CHECK(!first.secret.empty());
  CHECK(second.secret.empty());
  CHECK(daemon.log.head() == head);

  const RunCommand other{.command = DeleteKey{"once"}, .idempotency_id = "01J"};
  CHECK(failure_in(client->run(other)).name == "idempotency_conflict");
  CHECK(daemon.log.head() == head);
}

TEST_CASE("the same command under one id, many times in flight, is done once") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  prepare(*client);
  constexpr std::uint64_t kTimes = 50;
  RawConnection connection(daemon.unix_endpoint);
  const RunCommand create{.command = CreateKey{.account = kAccount, .username = "ada", .name = "once"},
                          .idempotency_id = "01J"};
  for (std::uint64_t id = 1; id <= kTimes; ++id) connection.send(Request{.id = id, .body = create});
  std::size_t secrets = 0;
  std::set<std::uint64_t> positions;
  for (std::uint64_t i = 0; i < kTimes; ++i) {
    const Response response = connection.answer();
    const auto& done = std::get<DoneAnswer>(response.body);
    secrets += !done.secret.empty();
    CHECK(done.done.repeated == done.secret.empty());
    positions.insert(done.done.position.value());
  }
  CHECK(secrets == 1);
  CHECK(positions.size() == 1);
}

TEST_CASE("an import that is sent in parts is one command") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  constexpr std::size_t kKeys = 20'000;  // more than two parts of the client's
  const auto done = must(client->run({.command = dump_of(kKeys), .import_source = "a.json"}));
  CHECK(done.done.added.keys == kKeys);
  CHECK(done.done.added.users == 1);
  CHECK(done.done.events == kKeys + 3);
  CHECK(done.done.first == Position{1});
  CHECK(daemon.log.syncs == 1);
  for (const std::size_t i : {std::size_t{0}, std::size_t{8'191}, std::size_t{8'192}, kKeys - 1}) {
    CHECK(must(client->authenticate({.token = "ada" + std::to_string(i)})).allowed());
  }
  CHECK(!must(client->authenticate({.token = "ada" + std::to_string(kKeys)})).allowed());

  const auto again = must(client->run({.command = dump_of(kKeys), .import_source = "a.json"}));
  CHECK(again.done.added.keys == 0);
  CHECK(again.done.events == 0);
  daemon.check_live_is_replayed();
}

TEST_CASE("imports whose parts are mixed on one connection are kept apart by their ids") {
  DaemonUnderTest daemon;
  RawConnection connection(daemon.unix_endpoint);
  const auto part = [](std::uint64_t id, const std::string& username, bool more, std::size_t keys) {
    auto import = dump_of(keys, username);
    if (more) import.keys.clear();
    return Request{.id = id, .body = RunCommand{.command = std::move(import), .more = more}};
  };
  connection.send(part(1, "ada", true, 0));
  connection.send(part(2, "bob", true, 0));
  const auto keys_only = [&](std::uint64_t id, const std::string& username, std::size_t keys) {
    Request request = part(id, username, false, keys);
    std::get<ImportKeys>(std::get<RunCommand>(request.body).command).users.clear();
    return request;
  };
  connection.send(keys_only(2, "bob", 3));
  connection.send(keys_only(1, "ada", 5));
  const Response bobs = connection.answer();
  const Response adas = connection.answer();
  CHECK(bobs.id == 2);
  CHECK(std::get<DoneAnswer>(bobs.body).done.added.keys == 3);
  CHECK(adas.id == 1);
  CHECK(std::get<DoneAnswer>(adas.body).done.added.keys == 5);
  CHECK(std::get<DoneAnswer>(adas.body).done.added.users == 1);
}

TEST_CASE("a daemon that starts on a log goes on where the one before it ended") {
  DaemonUnderTest first;
  const Setting setting = prepare(*first.connect());
  CHECK(must(first.connect()->authenticate({.token = setting.token})).allowed());
  first.check_live_is_replayed();

  const auto head = first.log.head();
  Daemon second(
      {.log = first.log, .index = first.log, .clock = first.clock.clock(), .entropy = first.entropy.source()},
      first.replayed());
  const auto bound = second.listen(TcpEndpoint{"127.0.0.1", 0});
  REQUIRE(bound.ok());
  second.start();
  const auto client = DaemonUnderTest::connect(*bound);
  const auto verdict = must(client->authenticate({.token = setting.token, .client = "bot"}));
  CHECK(verdict.allowed());
  CHECK(verdict.position == head.position);
  const std::string token = create_key(*client, "second");
  CHECK(must(client->authenticate({.token = token})).allowed());
  second.stop();
  const auto replayed = first.replayed();
  const auto closing = second.closing_digest();
  REQUIRE(closing.has_value());
  CHECK(closing->position == ledger::Position{head.position.value() + 3});
  CHECK(closing->digest == state_digest_of(replayed.catalog, replayed.access));
}

TEST_CASE("an import that is not finished leaves nothing") {
  DaemonUnderTest daemon;
  {
    RawConnection connection(daemon.unix_endpoint);
    connection.send(Request{.id = 1, .body = RunCommand{.command = dump_of(10), .more = true}});
    connection.send(Request{.id = 2, .body = AskStats{}});
    CHECK(connection.answer().id == 2);
  }
  CHECK(must(daemon.connect()->stats()).keys == 0);
  CHECK(daemon.log.head().position == ledger::kBeforeFirst);
}

TEST_CASE("a source of an import that is too long to be kept is refused") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  const auto import = [](std::size_t size) {
    return RunCommand{.command = dump_of(1), .import_source = std::string(size, 's')};
  };
  CHECK(must(client->run(import(kImportSourceBytesMax))).done.added.keys == 1);
  CHECK(failure_in(client->run(import(kImportSourceBytesMax + 1))).name == "import_source_invalid");
  CHECK(must(client->stats()).keys == 1);
}

}  // namespace keyledger::net
