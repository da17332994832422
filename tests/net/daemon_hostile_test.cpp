// Clients that mean harm or break off must not disturb other clients.
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <random>
#include <set>

#include "net/import_gathering.h"
#include "net/server.h"
#include "net/wire/support.h"
#include "net/wire/wire.capnp.h"
#include "net/wire_session.h"
#include "tests/net/daemon_under_test.h"
#include "tests/net/raw_connection.h"
#include "tests/net/wire/examples.h"
#include "tests/support/seed.h"

namespace keyledger::net {
namespace {

using ledger::Position;
using projections::Question;

constexpr Position kNever{1'000'000'000};

Request asking(std::uint64_t id, const Question& question, Position min_position = {}) {
  return {.id = id, .min_position = min_position, .body = AskVerdicts{.questions = std::span(&question, 1)}};
}

// Returns a frame of questions that take no bytes: the cheapest to ask and the dearest to answer.
std::vector<std::uint64_t> frame_of_empty_questions(std::uint64_t id, std::uint32_t count) {
  return {std::uint64_t{6} << 32,
          std::uint64_t{3} << 32 | std::uint64_t{1} << 48,
          id,
          0,
          1,
          std::uint64_t{7} << 32 | 1,
          std::uint64_t{count} << 2};
}

// Checks that a question on another connection is answered.
void check_others_go_on(const DaemonUnderTest& daemon, const Setting& setting) {
  CHECK(must(daemon.connect()->authenticate({.token = setting.token, .client = "bot"})).allowed());
}

}  // namespace

TEST_CASE("a client that says no more is still answered, and then the connection ends") {
  DaemonUnderTest daemon;
  const Setting setting = prepare(*daemon.connect());
  RawConnection connection(GENERATE(true, false) ? daemon.unix_endpoint : daemon.tcp_endpoint);
  connection.send(asking(1, {.token = setting.token}));
  connection.send(Request{.id = 2, .body = RunCommand{.command = commands::DeactivateKey{"ci"}}});
  connection.send(Request{.id = 3, .body = AskHistory{}});
  connection.send(Request{.id = 4, .body = AskStats{}});
  connection.send(Request{.id = 5, .body = AskStateDigest{}});
  connection.finish_sending();
  std::set<std::uint64_t> answered;
  while (auto response = connection.receive()) {
    CHECK(!std::holds_alternative<Failure>(response->body));
    if (!response->more) CHECK(answered.insert(response->id).second);
  }
  CHECK(answered == std::set<std::uint64_t>{1, 2, 3, 4, 5});
}

TEST_CASE("a connection that says nothing at all ends when the client closes it") {
  DaemonUnderTest daemon;
  RawConnection connection(daemon.unix_endpoint);
  connection.finish_sending();
  CHECK(!connection.receive());
}

TEST_CASE("half a frame is never answered") {
  DaemonUnderTest daemon;
  RawConnection connection(daemon.unix_endpoint);
  Bytes bytes;
  encode_request({.id = 1, .body = AskStats{}}, bytes);
  connection.send(std::span(bytes).first(bytes.size() - 1));
  connection.finish_sending();
  CHECK(!connection.receive());
}

TEST_CASE("a frame that is too large is refused before it has come, and the connection ends") {
  DaemonUnderTest daemon;
  const Setting setting = prepare(*daemon.connect());
  RawConnection connection(daemon.unix_endpoint);
  connection.send(asking(1, {.token = setting.token}));
  connection.send(std::vector<std::uint64_t>{std::uint64_t{kFrameBytesMax / 8} << 32});
  std::set<std::uint64_t> answered;
  while (auto response = connection.receive()) {
    answered.insert(response->id);
    if (response->id == 0) CHECK(failure_in(*response).name == "too_large");
  }
  CHECK(answered == std::set<std::uint64_t>{0, 1});
  check_others_go_on(daemon, setting);
}

TEST_CASE("a message that is none is refused under its id, and its connection goes on") {
  DaemonUnderTest daemon;
  const Setting setting = prepare(*daemon.connect());
  RawConnection connection(daemon.unix_endpoint);
  connection.send(frame_of_empty_questions(7, 1'000'000));
  const Response refused = connection.answer();
  CHECK(refused.id == 7);
  CHECK(failure_in(refused).name == "protocol");
  connection.send(asking(8, {.token = setting.token}));
  CHECK(connection.answer().id == 8);
}

TEST_CASE("bytes by chance are refused, and other connections go on") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  DaemonUnderTest daemon;
  const auto bystander = daemon.connect();
  const Setting setting = prepare(*bystander);
  const auto head = daemon.log.head().position;
  std::uint64_t uses = 0;
  for (int round = 0; round < 150; ++round) {
    RawConnection connection(round % 2 == 0 ? daemon.unix_endpoint : daemon.tcp_endpoint);
    Bytes bytes;
    if (round % 3 == 0) encode_request(asking(1, {.token = setting.token}), bytes), ++uses;
    for (std::uint64_t n = random() % 2'000; n > 0; --n) {
      bytes.push_back(static_cast<std::byte>(round % 5 == 0 ? random() % 3 : random()));
    }
    connection.send(bytes);
    connection.finish_sending();
    // Reads answers, if any, until the connection ends; a reset is an end, too.
    while (connection.receive_frame()) continue;
    CHECK(must(bystander->authenticate({.token = setting.token})).allowed());
    ++uses;
  }
  CHECK(daemon.log.head().position.value() >= head.value() + uses);
  daemon.check_live_is_replayed();
}

TEST_CASE("clients that break off in the middle of anything leave the daemon whole") {
  DaemonUnderTest daemon;
  const Setting setting = prepare(*daemon.connect());
  for (int round = 0; round < 100; ++round) {
    RawConnection connection(round % 2 == 0 ? daemon.unix_endpoint : daemon.tcp_endpoint);
    connection.send(asking(1, {.token = setting.token}));
    connection.send(Request{.id = 2, .body = RunCommand{.command = commands::ToggleKey{"ci"}}});
    connection.send(Request{.id = 3, .body = AskHistory{.uses = ledger::UsesInHistory::kInclude}});
    connection.send(Request{.id = 4, .body = AskState{}});
    connection.send(asking(5, {.token = setting.token}, kNever));
    if (round % 4 == 0) connection.answer();
    if (round % 3 == 0) connection.reset();
  }
  CHECK(must(daemon.connect()->stats()).keys == 1);
  daemon.check_live_is_replayed();
}

TEST_CASE("who hangs up while he waits for a state that never comes is let go") {
  DaemonUnderTest daemon;
  const Setting setting = prepare(*daemon.connect());
  RawConnection connection(daemon.unix_endpoint);
  connection.send(asking(1, {.token = setting.token}, kNever));
  connection.finish_sending();
  const Response response = connection.answer();
  CHECK(response.id == 1);
  CHECK(failure_in(response).name == "no_such_position");
  CHECK(!connection.receive());
}

TEST_CASE("requests that wait are limited on a connection, and the one too many is told so") {
  DaemonUnderTest daemon;
  const Setting setting = prepare(*daemon.connect());
  RawConnection connection(daemon.unix_endpoint);
  for (std::uint64_t id = 1; id <= kInFlightMax + 1; ++id) {
    connection.send(asking(id, {.token = setting.token}, kNever));
  }
  const Response refused = connection.answer();
  CHECK(refused.id == kInFlightMax + 1);
  CHECK(failure_in(refused).name == "overloaded");
  check_others_go_on(daemon, setting);
}

TEST_CASE("large requests that wait are limited, whoever sent them, and what is let go makes room") {
  DaemonUnderTest daemon;
  const Setting setting = prepare(*daemon.connect());
  const std::string large(4 << 20, 'x');
  const auto connection = std::make_unique<RawConnection>(daemon.unix_endpoint);
  for (std::uint64_t id = 1; id <= kParkedBytesMax / large.size(); ++id) {
    connection->send(asking(id, {.token = large}, kNever));
  }
  CHECK(failure_in(connection->answer()).name == "overloaded");
  RawConnection other(daemon.unix_endpoint);
  other.send(asking(1, {.token = large}, kNever));
  CHECK(failure_in(other.answer()).name == "overloaded");
  check_others_go_on(daemon, setting);

  connection->finish_sending();
  while (connection->receive()) continue;
  other.send(asking(2, {.token = large}, kNever));
  other.send(Request{.id = 3, .body = AskActiveKey{"bot"}});
  CHECK(other.answer().id == 3);
}

TEST_CASE("a small request for a large answer, many times, waits for its answers to be read") {
  DaemonUnderTest daemon;
  const Setting setting = prepare(*daemon.connect());
  // Each frame of 56 bytes asks for a hundred kilobytes. All frames fit into the system's buffer of the
  // connection, and the daemon could read all of them at once.
  constexpr std::uint64_t kRequests = 600;
  constexpr std::uint32_t kQuestions = 1'000;
  RawConnection connection(daemon.unix_endpoint);
  std::vector<std::uint64_t> words;
  for (std::uint64_t id = 1; id <= kRequests; ++id) {
    const auto frame = frame_of_empty_questions(id, kQuestions);
    words.insert(words.end(), frame.begin(), frame.end());
  }
  connection.send(words);
  connection.send(Request{.id = kRequests + 1, .body = RunCommand{.command = commands::ToggleKey{"ci"}}});
  REQUIRE(connection.receive_frame());
  // The command comes after all questions: if every question were answered, the command would be done.
  for (int i = 0; i < 10; ++i) check_others_go_on(daemon, setting);
  const auto client = daemon.connect();
  CHECK(must(client->active_key("bot")).counts.active == 1);
  std::set<std::uint64_t> answered;
  for (std::uint64_t i = 0; i < kRequests; ++i) answered.insert(connection.answer().id);
  CHECK(answered.size() == kRequests);
  CHECK(answered.contains(kRequests + 1));
  CHECK(must(client->active_key("bot")).counts.active == 0);
}

TEST_CASE("imports that are never finished are limited on a connection") {
  DaemonUnderTest daemon;
  const Setting setting = prepare(*daemon.connect());
  RawConnection connection(daemon.unix_endpoint);
  for (std::uint64_t id = 1; id <= kImportsInFlightMax + 1; ++id) {
    const RunCommand part{.command = commands::ImportKeys{.account = kAccount}, .more = true};
    connection.send(Request{.id = id, .body = part});
  }
  const Response refused = connection.answer();
  CHECK(refused.id == kImportsInFlightMax + 1);
  CHECK(failure_in(refused).name == "import_too_large");
  CHECK(!connection.receive());
  check_others_go_on(daemon, setting);
}

TEST_CASE("C2: an import of which a part is refused is not done without this part") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  const std::uint64_t refused_part = GENERATE(std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{2});
  RawConnection connection(daemon.unix_endpoint);
  for (std::uint64_t part = 0; part < 3; ++part) {
    commands::ImportKeys import{
        .account = kAccount,
        .users = {{"user" + std::to_string(part), ledger::StaffFlag::kStaff, ledger::ActiveFlag::kActive}}};
    auto frame = examples::frame_of(
        Request{.id = 5, .body = RunCommand{.command = std::move(import), .more = part < 2}});
    // Unknown bits after the number of the union's member.
    if (part == refused_part) frame[4] |= std::uint64_t{1} << 40;
    connection.send(frame);
  }
  const Response refused = connection.answer();
  CHECK(refused.id == 5);
  CHECK(failure_in(refused).name == "not_supported");
  CHECK(!connection.receive());
  CHECK(must(client->stats()).users == 1);
}

TEST_CASE("keys that no importer makes do not end the daemon") {
  DaemonUnderTest daemon;
  const Setting setting = prepare(*daemon.connect());
  commands::ImportKeys import{.account = kAccount,
                              .users = {{"ada", ledger::StaffFlag::kStaff, ledger::ActiveFlag::kActive}}};
  import.keys.push_back({.username = "ada",
                         .base_name = "knox",
                         .digest = ledger::knox_salted_digest("00ffaabb", ledger::Salt{1}).value(),
                         .created = ledger::Timestamp{std::numeric_limits<std::int64_t>::max()},
                         .expiry = ledger::Timestamp{std::numeric_limits<std::int64_t>::max() - 1},
                         .active = ledger::ActiveFlag::kActive});
  const auto client = daemon.connect();
  const auto out_of_time = client->run({.command = import});
  REQUIRE(!out_of_time.ok());
  CHECK(out_of_time.error().name == "time_invalid");
  import.keys.front().created = ledger::kLatest;
  import.keys.front().expiry = ledger::kLatest;
  CHECK(must(client->run({.command = import})).done.added.keys == 1);
  const auto verdict = must(client->authenticate({.token = "00ffaabb"}));
  CHECK(verdict.allowed());
  CHECK(!verdict.lifetime_exceeded);

  // A digest without a salt has no bucket: the log cannot hold the combination.
  import.keys.front().digest = ledger::sha256_digest("t");
  auto frame = examples::frame_of(Request{.id = 9, .body = RunCommand{.command = import}});
  capnp::MallocMessageBuilder message;
  {
    capnp::FlatArrayMessageReader reader(
        kj::arrayPtr(reinterpret_cast<const capnp::word*>(frame.data()), frame.size()));
    message.setRoot(reader.getRoot<wire::Request>());
  }
  auto keys = message.getRoot<wire::Request>().getCommand().getImportKeys().getKeys();
  keys[0].setHasBucket(true);
  Bytes bytes;
  append_frame(message, bytes);
  RawConnection connection(daemon.unix_endpoint);
  connection.send(bytes);
  const Response refused = connection.answer();
  CHECK(refused.id == 9);
  CHECK(failure_in(refused).name == "import_digest_invalid");
  check_others_go_on(daemon, setting);
}

// UBSan runs together with AddressSanitizer here and looks at objects through a pipe. Without descriptors
// UBSan takes sound objects for broken.
#ifndef __SANITIZE_ADDRESS__

TEST_CASE("a daemon out of descriptors takes connections again once it has some") {
  DaemonUnderTest daemon;
  const Setting setting = prepare(*daemon.connect());
  RawConnection first(daemon.unix_endpoint);
  first.send(asking(1, {.token = setting.token}));
  CHECK(first.answer().id == 1);

  const auto waiting = RawConnection::to_unix_socket();
  rlimit limit{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  const rlimit none_left{.rlim_cur = 0, .rlim_max = limit.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &none_left) == 0);
  waiting->connect(daemon.unix_endpoint);  // the kernel takes it; the daemon has no descriptor for it
  waiting->send(asking(2, {.token = setting.token}));
  first.send(asking(3, {.token = setting.token}));
  CHECK(first.answer().id == 3);
  REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  CHECK(waiting->answer().id == 2);
}

#endif

TEST_CASE("a connection too many is told why and closed, and one that ends makes room") {
  DaemonUnderTest daemon({.connections_max = 2});
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  {
    RawConnection second(daemon.tcp_endpoint);
    second.send(Request{.id = 1, .body = AskActiveKey{"bot"}});
    CHECK(second.answer().id == 1);
    RawConnection third(daemon.unix_endpoint);
    const Response refused = third.answer();
    CHECK(refused.id == 0);
    CHECK(failure_in(refused).name == "connection_limit");
    CHECK(!third.receive());
    CHECK(must(client->authenticate({.token = setting.token})).allowed());
  }
  // The daemon learns of the end in its own time.
  for (;;) {
    RawConnection next(daemon.unix_endpoint);
    next.send(Request{.id = 1, .body = AskActiveKey{"bot"}});
    const auto answer = next.receive();
    if (answer && std::holds_alternative<ActiveKeyAnswer>(answer->body)) break;
  }
}

}  // namespace keyledger::net
