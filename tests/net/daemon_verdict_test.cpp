// Questions to a daemon, and the fate of the answers.
#include <catch2/catch.hpp>
#include <set>

#include "tests/net/daemon_under_test.h"
#include "tests/net/raw_connection.h"

namespace keyledger::net {
namespace {

using ledger::Position;
using ledger::VerdictReason;
using projections::Question;

std::optional<ledger::Address> address(const char* text) { return ledger::parse_address(text); }

std::vector<VerdictAnswer> verdicts_in(const Response& response) {
  const auto* verdicts = std::get_if<std::vector<VerdictAnswer>>(&response.body);
  if (verdicts == nullptr) FAIL("the answer holds no verdicts");
  return *verdicts;
}

// Returns every use in the log, allowed or denied, in order.
std::vector<ledger::Use> uses_in(const std::vector<ledger::Record>& records) {
  std::vector<ledger::Use> uses;
  for (const ledger::Record& record : records) {
    for (const ledger::Event& event : record.events) {
      const ledger::UseBlock* block = ledger::uses_of(event);
      if (block != nullptr) uses.insert(uses.end(), block->uses.begin(), block->uses.end());
    }
  }
  return uses;
}

// Returns the counts of unknown tokens in the log, in the order of the records.
std::vector<ledger::UnknownTokensRefused> unknown_in(const std::vector<ledger::Record>& records) {
  std::vector<ledger::UnknownTokensRefused> all;
  for (const ledger::Record& record : records) {
    for (const ledger::Event& event : record.events) {
      if (const auto* refused = std::get_if<ledger::UnknownTokensRefused>(&event)) all.push_back(*refused);
    }
  }
  return all;
}

Request asking(std::uint64_t id, const Question& question, Position min_position = {}) {
  return {.id = id, .min_position = min_position, .body = AskVerdicts{.questions = std::span(&question, 1)}};
}

}  // namespace

TEST_CASE("a verdict names the key, its owner, account and client, and the state that judged") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  const VerdictAnswer verdict =
      must(client->authenticate({.token = setting.token, .client = "bot", .address = address("192.0.2.7")}));
  CHECK(verdict == VerdictAnswer{.reason = VerdictReason::kAllowed,
                                 .position = setting.position,
                                 .key_id = setting.key_id,
                                 .client_id = setting.client_id,
                                 .owner = "ada",
                                 .account = kAccount,
                                 .reason_name = "allowed",
                                 .message = verdict.message});
}

TEST_CASE("the use of every verdict is in the log by the time that its answer has come") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  const auto ask = [&](const Question& question) {
    const auto verdict = must(client->authenticate(question));
    return std::pair(verdict, uses_in(daemon.records()).back());
  };

  const auto [allowed, used] =
      ask({.token = setting.token, .client = "bot", .address = address("192.0.2.7")});
  CHECK(allowed.allowed());
  CHECK(used ==
        ledger::Use{
            .time = kNoon, .key = ledger::KeyNumber{1}, .client = ledger::ClientNumber{1}, .address = 1});

  run(*client, commands::RegisterClient{.account = kAccount, .name = "other"});
  const std::string second = create_key(*client, "second");
  const auto [unassigned, denied] = ask({.token = second, .client = "bot"});
  CHECK(unassigned.reason == VerdictReason::kNotAssigned);
  CHECK(denied == ledger::Use{.time = kNoon,
                              .key = ledger::KeyNumber{2},
                              .client = ledger::ClientNumber{1},
                              .reason = VerdictReason::kNotAssigned});

  const auto [anonymous, public_use] = ask({.token = std::nullopt, .client = "other"});
  CHECK(anonymous.allowed());
  CHECK(public_use.key == ledger::kNoKey);
  CHECK(public_use.client == ledger::ClientNumber{2});

  run(*client, commands::DeactivateKey{"ci"});
  CHECK(ask({.token = setting.token}).second.reason == VerdictReason::kInactive);
  run(*client, commands::DeleteKey{"ci"});
  CHECK(ask({.token = setting.token}).second.reason == VerdictReason::kDeleted);
  CHECK(uses_in(daemon.records()).size() == 5);
  daemon.check_live_is_replayed();
}

TEST_CASE("a key that expires is judged by the daemon's clock") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  prepare(*client);
  const auto key = run(
      *client,
      commands::CreateKey{
          .account = kAccount, .username = "ada", .name = "short", .expiry = ledger::later_by(kNoon, 10)});
  const std::string token(key.secret.expose());
  daemon.clock.pass(10);
  const auto last = must(client->authenticate({.token = token}));
  CHECK(last.allowed());
  CHECK(last.expiry == ledger::later_by(kNoon, 10));
  daemon.clock.pass(1);
  const auto over = must(client->authenticate({.token = token}));
  CHECK(over.reason == VerdictReason::kExpired);
  CHECK(over.message == "Invalid token.");
  const auto uses = uses_in(daemon.records());
  CHECK(uses.back().time == ledger::later_by(kNoon, 11));
}

TEST_CASE("a batch is answered in the order of its questions, by one state") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  std::vector<Question> questions;
  for (std::size_t i = 0; i < 1'000; ++i) {
    questions.push_back(i % 3 == 0   ? Question{.token = setting.token, .client = "bot"}
                        : i % 3 == 1 ? Question{.token = setting.token, .client = "nowhere"}
                                     : Question{.token = "nobody's"});
  }
  const auto verdicts = must(client->authenticate_many(questions));
  REQUIRE(verdicts.size() == questions.size());
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const VerdictReason expected[] = {VerdictReason::kAllowed, VerdictReason::kClientUnknown,
                                      VerdictReason::kUnknown};
    CHECK(verdicts[i].reason == expected[i % 3]);
    CHECK(verdicts[i].position == setting.position);
  }
  CHECK(uses_in(daemon.records()).size() == 667);
  CHECK(must(client->authenticate_many({})).empty());
}

// Questions are judged in groups that ignore the borders between requests.
TEST_CASE("batches of any size that come together are answered each with its own verdicts") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  constexpr std::size_t kSizes[] = {0, 31, 1, 0, 32, 33, 100, 2, 0};
  std::vector<Question> questions;
  for (std::size_t i = 0; i < std::ranges::max(kSizes); ++i) {
    questions.push_back(i % 2 == 0 ? Question{.token = setting.token} : Question{.token = "nobody's"});
  }
  std::array<RawConnection, 2> connections{RawConnection(daemon.tcp_endpoint),
                                           RawConnection(daemon.unix_endpoint)};
  for (auto& connection : connections) {
    Bytes requests;
    for (std::size_t i = 0; i < std::size(kSizes); ++i) {
      const AskVerdicts ask{.questions = std::span(questions).first(kSizes[i]),
                            .form = AnswerForm::kVerdicts};
      encode_request({.id = i, .body = ask}, requests);
    }
    connection.send(requests);
  }
  for (auto& connection : connections) {
    for (std::size_t i = 0; i < std::size(kSizes); ++i) {
      const Response response = connection.answer();
      const auto verdicts = verdicts_in(response);
      REQUIRE(response.id == i);
      REQUIRE(verdicts.size() == kSizes[i]);
      for (std::size_t k = 0; k < verdicts.size(); ++k) CHECK(verdicts[k].allowed() == (k % 2 == 0));
    }
  }
}

TEST_CASE("a batch of the most questions is answered whole") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  const std::vector<Question> questions(kQuestionsPerRequestMax, Question{.token = setting.token});
  const auto verdicts = must(client->authenticate_many(questions));
  CHECK(verdicts.size() == questions.size());
  CHECK(std::all_of(verdicts.begin(), verdicts.end(), [](const auto& each) { return each.allowed(); }));
  CHECK(uses_in(daemon.records()).size() == questions.size());
}

TEST_CASE("many requests may be under way before the first answer is read, and each is answered once") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  constexpr std::uint64_t kRequests = 900;
  RawConnection connection(daemon.tcp_endpoint);
  for (std::uint64_t id = 1; id <= kRequests; ++id) {
    if (id % 3 == 0) {
      connection.send(Request{.id = id, .body = RunCommand{.command = commands::ToggleKey{"ci"}}});
    } else if (id % 3 == 1) {
      connection.send(asking(id, {.token = setting.token}));
    } else {
      connection.send(Request{.id = id, .body = AskActiveKey{"bot"}});
    }
  }
  std::set<std::uint64_t> answered;
  for (std::uint64_t i = 0; i < kRequests; ++i) {
    const Response response = connection.answer();
    CHECK(answered.insert(response.id).second);
    CHECK(!response.more);
    if (response.id % 3 == 0) CHECK(std::get<DoneAnswer>(response.body).done.events == 1);
    if (response.id % 3 == 1) CHECK(verdicts_in(response).front().key_id == setting.key_id);
    if (response.id % 3 == 2) CHECK(std::get<ActiveKeyAnswer>(response.body).counts.assigned == 1);
  }
  CHECK(*answered.begin() == 1);
  CHECK(*answered.rbegin() == kRequests);
  CHECK(uses_in(daemon.records()).size() == kRequests / 3);
  daemon.check_live_is_replayed();
}

TEST_CASE("whoever passes on the position of a revocation is not let in by an older state") {
  DaemonUnderTest daemon;
  const auto operators = daemon.connect();
  const Setting setting = prepare(*operators);
  RawConnection service(daemon.unix_endpoint);
  for (std::uint64_t round = 1; round <= 100; ++round) {
    const auto revoked = run(*operators, commands::DeactivateKey{"ci"});
    service.send(asking(round, {.token = setting.token}, revoked.done.position));
    const auto verdict = verdicts_in(service.answer()).front();
    CHECK(verdict.reason == VerdictReason::kInactive);
    CHECK(verdict.position >= revoked.done.position);
    run(*operators, commands::ActivateKey{"ci"});
  }
}

TEST_CASE("a question waits for the state it asks for, while others on its connection are answered") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  const Position awaited{setting.position.value() + 100};  // the uses that follow do not reach it
  RawConnection connection(daemon.unix_endpoint);
  connection.send(asking(1, {.token = setting.token}, awaited));
  connection.send(Request{.id = 2, .min_position = awaited, .body = AskActiveKey{"bot"}});
  // The next two requests are no uses, because uses would move the state towards the awaited position.
  connection.send(Request{.id = 3, .min_position = setting.position, .body = AskActiveKey{"bot"}});
  connection.send(Request{.id = 4, .body = AskActiveKey{"bot"}});
  const std::set<std::uint64_t> first{connection.answer().id, connection.answer().id};
  CHECK(first == std::set<std::uint64_t>{3, 4});
}

TEST_CASE("a command wakes those who wait for its position") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  RawConnection connection(daemon.unix_endpoint);
  connection.send(asking(1, {.token = setting.token}, setting.position.next()));
  connection.send(Request{.id = 2, .body = AskStats{}});
  REQUIRE(connection.answer().id == 2);
  const auto revoked = run(*client, commands::DeactivateKey{"ci"});
  REQUIRE(revoked.done.position == setting.position.next());
  const Response response = connection.answer();
  CHECK(response.id == 1);
  CHECK(verdicts_in(response).front().reason == VerdictReason::kInactive);
}

TEST_CASE("uses wake those who wait for their position") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  RawConnection connection(daemon.unix_endpoint);
  const Position awaited{setting.position.value() + 2};
  connection.send(Request{.id = 1, .min_position = awaited, .body = AskActiveKey{"bot"}});
  connection.send(Request{.id = 2, .body = AskStats{}});
  REQUIRE(connection.answer().id == 2);
  CHECK(must(client->authenticate({.token = setting.token})).allowed());
  CHECK(must(client->authenticate({.token = setting.token})).allowed());
  const Response response = connection.answer();
  CHECK(response.id == 1);
  CHECK(std::get<ActiveKeyAnswer>(response.body).position >= awaited);
}

TEST_CASE("tokens of no key are counted by reason and address, in one event a second") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  const auto ask = [&](std::string_view token, const char* from) {
    return must(client->authenticate({.token = token, .address = address(from)})).reason;
  };
  CHECK(ask("nobody's", "192.0.2.1") == VerdictReason::kUnknown);
  for (int i = 0; i < 10; ++i) CHECK(ask("nobody's", "192.0.2.1") == VerdictReason::kUnknown);
  for (int i = 0; i < 5; ++i) CHECK(ask("a\nb", "192.0.2.2") == VerdictReason::kMalformed);
  const auto at_once = unknown_in(daemon.records());
  REQUIRE(at_once.size() == 1);
  CHECK(at_once.front().counts.size() == 1);
  CHECK(at_once.front().counts.front().count == 1);

  daemon.clock.pass(commands::kUnknownIntervalMicroseconds);
  CHECK(ask(setting.token, "192.0.2.3") == VerdictReason::kAllowed);
  const auto later = unknown_in(daemon.records());
  REQUIRE(later.size() == 2);
  CHECK(later.back().counts ==
        std::vector<ledger::UnknownTokenCount>{
            {.reason = VerdictReason::kUnknown, .address = address("192.0.2.1"), .count = 10},
            {.reason = VerdictReason::kMalformed, .address = address("192.0.2.2"), .count = 5}});
}

TEST_CASE("a flood of unknown tokens from everywhere takes little room in the log") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  prepare(*client);
  std::vector<Question> questions;
  for (unsigned i = 0; i < 5'000; ++i) {
    ledger::Address from{};
    from.bytes[0] = 0x20;
    from.bytes[14] = static_cast<std::uint8_t>(i >> 8);
    from.bytes[15] = static_cast<std::uint8_t>(i);
    questions.push_back({.token = "nobody's", .address = from});
  }
  must(client->authenticate_many(questions));
  must(client->authenticate_many(questions));
  daemon.stop();
  std::uint64_t counted = 0;
  const auto all = unknown_in(daemon.records());
  CHECK(all.size() == 2);
  for (const auto& event : all) {
    CHECK(event.counts.size() <= commands::kUnknownSourcesMax + 1);
    for (const auto& each : event.counts) counted += each.count;
  }
  CHECK(counted == 2 * questions.size());
  daemon.check_live_is_replayed();
}

TEST_CASE("has_active_api_key tells the counts of a client") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  create_key(*client, "second");
  run(*client, commands::AssignKey{"second", "bot"});
  const auto both = must(client->active_key("bot"));
  CHECK(both.counts == projections::ActiveKeys{.assigned = 2, .active = 2, .requires_key = true});
  const auto revoked = run(*client, commands::DeactivateKey{"ci"});
  const auto one = must(client->active_key(setting.client_id));
  CHECK(one.counts == projections::ActiveKeys{.assigned = 2, .active = 1, .requires_key = true});
  CHECK(one.position == revoked.done.position);
  CHECK(client->active_key("nowhere").error().name == "client_unknown");
  CHECK(client->active_key("").error().name == "client_unknown");
}

TEST_CASE("when the log cannot be written, verdicts fail and commands too, and nobody is let in") {
  DaemonUnderTest daemon;
  std::atomic<bool> broken = false;
  daemon.log.before_append = [&] { return !broken; };
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  broken = true;
  const Failure failure = failure_in(client->authenticate({.token = setting.token}));
  CHECK(failure.name == "write_failed");
  CHECK(!failure.is_refusal());
  broken = false;
  // Nobody knows which records reached the disk: only a fresh start may go on.
  CHECK(failure_in(client->authenticate({.token = setting.token})).name == "write_failed");
  CHECK(failure_in(client->run({.command = commands::DeactivateKey{"ci"}})).name == "write_failed");
  CHECK(failure_in(client->stats()).name == "write_failed");
  CHECK(daemon.log.head().position == setting.position);
}

TEST_CASE("C6: one name of a client has one answer, whoever asks and however") {
  DaemonUnderTest daemon;
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  const auto reason_of = [&](std::optional<std::string_view> token, std::string_view name) {
    return must(client->authenticate({.token = token, .client = name})).reason;
  };
  const auto check_failure = [&](const std::string& name, const std::string& failure) {
    CAPTURE(name);
    CHECK(failure_in(client->active_key(name)).name == failure);
    CHECK(failure_in(client->rows(AskKeysOfClient{name}, [](const auto&) {})).name == failure);
    CHECK(failure_in(client->run({.command = commands::AssignKey{"ci", name}})).name == failure);
  };
  for (const char* unknown :
       {"nobody", "", "0000-0000-0007/nobody", "no account/bot", "6f0c4a6e-9b0e-4f5d-8d6a-1c110b2a5c1e"}) {
    check_failure(unknown, "client_unknown");
  }
  CHECK(reason_of(setting.token, "nobody") == VerdictReason::kClientUnknown);
  CHECK(reason_of({}, "nobody") == VerdictReason::kClientUnknown);
  CHECK(reason_of(setting.token, "bot") == VerdictReason::kAllowed);

  // Another account registers a public client of the same name. Nobody is led to it, and nobody is let in.
  run(*client, commands::OpenAccount{"0000-0000-0008", "Other"});
  run(*client, commands::RegisterClient{.account = "0000-0000-0008", .name = "bot"});
  check_failure("bot", "name_ambiguous");
  CHECK(reason_of(setting.token, "bot") == VerdictReason::kNameAmbiguous);
  CHECK(reason_of({}, "bot") == VerdictReason::kNameAmbiguous);
  CHECK(reason_of(setting.token, "0000-0000-0007/bot") == VerdictReason::kAllowed);
  CHECK(reason_of(setting.token, setting.client_id) == VerdictReason::kAllowed);
  CHECK(must(client->active_key("0000-0000-0007/bot")).counts.active == 1);

  const auto removed = run(*client, commands::RemoveClient{"0000-0000-0008/bot"});
  const auto id = std::get<projections::ClientRow>(*removed.done.entity).client_id;
  check_failure("0000-0000-0008/bot", "client_unknown");
  CHECK(failure_in(client->active_key(id)).name == "client_unknown");
  CHECK(failure_in(client->rows(AskKeysOfClient{id}, [](const auto&) {})).name == "client_unknown");
  CHECK(reason_of(setting.token, "bot") == VerdictReason::kAllowed);
  daemon.check_live_is_replayed();
}

}  // namespace keyledger::net
