#include "commands/authenticator.h"

#include <catch2/catch.hpp>
#include <string>

#include "ledger/codec/record_codec.h"
#include "tests/support/manual_clock.h"
#include "tests/support/story.h"

namespace keyledger::commands {
namespace {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every command
using projections::Question;
using projections::Usage;
using projections::Verdict;
using tests::Story;

// A key with a client of its own and a public client; six events.
Story given_events() {
  Story story;
  const AccountNumber account = story.account(1);
  const UserNumber ada = story.user("ada", account);
  const ClientNumber bot = story.client("bot", account);
  story.client("open", account);
  const KeyNumber key = story.key("ci", ada, account);
  story.add(KeyAssigned{key, bot});
  return story;
}

struct World {
  Story story = given_events();
  tests::ManualClock clock{tests::kStoryBegins};
  Position next = story.state().position().next();
  std::vector<Record> appended;
  bool disk_works = true;
  Authenticator authenticator{story.replayed().access,
                              [this](std::span<Record> records) { return append(records); }, clock.clock(),
                              Timestamp{}};
  std::string token = Story::token_of("ci");

  Result<void> append(std::span<Record> records) {
    if (!disk_works) return Error{ErrorCode::kWriteFailed, "the disk is full"};
    for (Record& record : records) {
      record.position = next;
      next = last_position_of(record).next();
      appended.push_back(record);
    }
    return {};
  }

  Verdict ask(std::string_view client = "", std::optional<Address> address = std::nullopt) {
    return authenticator.authenticate({.token = token, .client = client, .address = address});
  }
  void ask_unknown(std::optional<Address> address = std::nullopt) {
    authenticator.authenticate({.token = "nobody's", .address = address});
  }
  Usage usage() const { return authenticator.access().usage_of(KeyNumber{1}); }

  // The counts of the record appended last.
  const UnknownTokensRefused& counted() const {
    REQUIRE_FALSE(appended.empty());
    REQUIRE(std::holds_alternative<UnknownTokensRefused>(appended.back().events.at(0)));
    return std::get<UnknownTokensRefused>(appended.back().events.at(0));
  }
};

Address address(int last) { return parse_address("192.0.2." + std::to_string(last)).value(); }

TEST_CASE("uses are written by the flush, allowed and refused ones each in a block") {
  World world;
  CHECK(world.ask("bot", address(1)).allowed());
  world.clock.pass(5);
  CHECK(world.ask("nowhere", address(2)).reason == VerdictReason::kClientUnknown);
  CHECK(world.ask("bot", address(1)).allowed());
  CHECK(world.ask("bot").allowed());
  CHECK(world.appended.empty());
  CHECK(world.usage() == Usage{});

  REQUIRE(world.authenticator.flush().ok());
  REQUIRE(world.appended.size() == 2);
  const KeyNumber key{1};
  const ClientNumber bot{1};
  const Timestamp later = later_by(tests::kStoryBegins, 5);
  CHECK(world.appended[0].time == later);
  CHECK(world.appended[0].events ==
        std::vector<Event>{KeysUsed{{.as_of = Position{7},
                                     .addresses = {address(1)},
                                     .uses = {{tests::kStoryBegins, key, bot, 1, VerdictReason::kAllowed},
                                              {later, key, bot, 1, VerdictReason::kAllowed},
                                              {later, key, bot, 0, VerdictReason::kAllowed}}}}});
  CHECK(
      world.appended[1].events ==
      std::vector<Event>{UsesDenied{{.as_of = Position{7},
                                     .addresses = {address(2)},
                                     .uses = {{later, key, kNoClient, 1, VerdictReason::kClientUnknown}}}}});
  CHECK(world.usage() == Usage{.last_used = later, .allowed = 3, .denied = 1});
  CHECK(world.authenticator.access().position() == Position{11});
}

TEST_CASE("a flush of nothing appends nothing") {
  World world;
  CHECK(world.authenticator.flush().ok());
  CHECK(world.authenticator.flush_all().ok());
  CHECK(world.appended.empty());
}

TEST_CASE("the use of a public client without a token is recorded under no key") {
  World world;
  CHECK(world.authenticator.authenticate({.client = "open"}).allowed());
  REQUIRE(world.authenticator.flush().ok());
  REQUIRE(world.appended.size() == 1);
  const UseBlock& block = std::get<KeysUsed>(world.appended[0].events[0]).block;
  CHECK(block.uses ==
        std::vector<Use>{{.time = tests::kStoryBegins, .key = kNoKey, .client = ClientNumber{2}}});
  CHECK(world.authenticator.access().client(ClientNumber{2}).usage.allowed == 1);
}

TEST_CASE("a clock that goes backwards does not make uses go backwards") {
  World world;
  world.clock.pass(100);
  world.ask();
  world.clock.pass(-50);
  world.ask();
  REQUIRE(world.authenticator.flush().ok());
  const auto& uses = std::get<KeysUsed>(world.appended[0].events[0]).block.uses;
  CHECK(uses[1].time == uses[0].time);
}

TEST_CASE("a block holds at most as many uses as surely fit into a record") {
  World world;
  for (std::size_t i = 0; i <= kUsesPerNewBlockMax; ++i) world.ask();
  REQUIRE(world.authenticator.flush().ok());
  REQUIRE(world.appended.size() == 2);
  CHECK(positions_of(world.appended[0]) == kUsesPerNewBlockMax);
  CHECK(positions_of(world.appended[1]) == 1);
  CHECK(world.usage().allowed == kUsesPerNewBlockMax + 1);
}

TEST_CASE("what commands committed is folded in after the uses that were judged before it") {
  World world;
  CHECK(world.ask().allowed());
  Record deactivated{.position = Position{9}, .time = tests::kStoryBegins};
  deactivated.events.push_back(KeyDeactivated{KeyNumber{1}});
  REQUIRE(world.authenticator.apply(std::span(&deactivated, 1)).ok());
  REQUIRE(world.appended.size() == 1);
  CHECK(std::get<KeysUsed>(world.appended[0].events[0]).block.as_of == Position{7});
  CHECK(world.ask().reason == VerdictReason::kInactive);
  CHECK(world.ask().position == Position{9});
}

TEST_CASE("a flush that failed counts nothing, and every later one fails") {
  World world;
  world.ask();
  world.disk_works = false;
  const Error failure{ErrorCode::kWriteFailed, "the disk is full"};
  CHECK(world.authenticator.flush().error() == failure);
  CHECK(world.usage() == Usage{});
  world.disk_works = true;
  CHECK(world.authenticator.flush().error() == failure);
  world.ask();
  CHECK(world.authenticator.flush_all().error() == failure);
  CHECK(world.appended.empty());
}

TEST_CASE("tokens of no key are counted by reason and source, once an interval") {
  World world;
  world.ask_unknown(address(1));
  REQUIRE(world.authenticator.flush().ok());
  CHECK(world.counted().counts == std::vector<UnknownTokenCount>{{VerdictReason::kUnknown, address(1), 1}});

  world.clock.pass(10);
  world.ask_unknown(address(1));
  world.ask_unknown(address(1));
  world.authenticator.authenticate({.token = "", .address = address(1)});
  world.clock.pass(10);
  world.authenticator.authenticate({.client = "bot"});
  REQUIRE(world.authenticator.flush().ok());
  CHECK(world.appended.size() == 1);  // the interval has not passed

  world.clock.pass(kUnknownIntervalMicroseconds);  // no further question comes: a tick writes the counts
  REQUIRE(world.authenticator.flush().ok());
  REQUIRE(world.appended.size() == 2);
  CHECK(world.counted().from == later_by(tests::kStoryBegins, 10));
  CHECK(world.counted().to == later_by(tests::kStoryBegins, 20));
  CHECK(world.counted().counts == std::vector<UnknownTokenCount>{
                                      {VerdictReason::kUnknown, address(1), 2},
                                      {VerdictReason::kMalformed, address(1), 1},
                                      {VerdictReason::kKeyRequired, std::nullopt, 1},
                                  });
}

TEST_CASE("flush_all writes the counts at once") {
  World world;
  for (int i = 0; i < 2; ++i) {
    world.ask_unknown();
    REQUIRE(world.authenticator.flush_all().ok());
  }
  CHECK(world.appended.size() == 2);
}

TEST_CASE("beyond a number of sources the rest are counted together") {
  World world;
  world.ask_unknown();
  REQUIRE(world.authenticator.flush().ok());
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 200; ++i) world.ask_unknown(address(i));
  }
  REQUIRE(world.authenticator.flush_all().ok());
  const auto& counts = world.counted().counts;
  CHECK(counts.size() == kUnknownSourcesMax + 1);
  CHECK(counts.front() == UnknownTokenCount{VerdictReason::kUnknown, address(0), 2});
  std::uint64_t sum = 0;
  for (const UnknownTokenCount& count : counts) sum += count.count;
  CHECK(sum == 400);
  CHECK(counts.back() ==
        UnknownTokenCount{VerdictReason::kUnknown, std::nullopt, 400 - 2 * kUnknownSourcesMax});
}

TEST_CASE("what is durable is folded in even if the uses before it could not be written") {
  World world;
  world.ask();
  world.disk_works = false;
  Record deactivated{.position = Position{8}, .time = tests::kStoryBegins};
  deactivated.events.push_back(KeyDeactivated{KeyNumber{1}});
  CHECK_FALSE(world.authenticator.apply(std::span(&deactivated, 1)).ok());
  CHECK(world.authenticator.access().key(KeyNumber{1}).active == ActiveFlag::kInactive);
  REQUIRE(world.authenticator.failure() != nullptr);
  CHECK(world.authenticator.failure()->detail == "the disk is full");
}

TEST_CASE("no use is dated before the log's last record") {
  Story story = given_events();
  std::vector<Record> appended;
  tests::ManualClock clock(tests::kStoryBegins);
  Authenticator authenticator(
      story.replayed().access,
      [&](std::span<Record> records) -> Result<void> {
        records[0].position = Position{8};
        appended.assign(records.begin(), records.end());
        return {};
      },
      clock.clock(), later_by(tests::kStoryBegins, 500));
  const std::string token = Story::token_of("ci");
  authenticator.authenticate({.token = token});
  REQUIRE(authenticator.flush().ok());
  CHECK(uses_of(appended.at(0).events[0])->uses[0].time == later_by(tests::kStoryBegins, 500));
}

}  // namespace
}  // namespace keyledger::commands
