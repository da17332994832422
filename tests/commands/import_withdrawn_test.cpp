// Imports do not bring back what operators took away, and records of an export restore only what they make.
#include <catch2/catch.hpp>
#include <string>

#include "tests/commands/platform_dump.h"

namespace keyledger::commands {
namespace {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every decision
using tests::Story;
using Events = std::vector<Event>;

}  // namespace

TEST_CASE("G1: a client that an operator removed stays removed, and is reported in the dangerous class") {
  Scenario given;
  PlatformDump platform;
  platform.assign(0, 0);
  given.given(platform.dump).given(RemoveClient{"beta"});
  const Texts expected{"client 0000-0000-0001/beta removed true false returns works_there"};
  CHECK(given.events_of(platform.dump).empty());
  CHECK(report_of(given, platform.dump) == expected);
  // Another object of this name is the removed client as well.
  platform.dump.clients[0].own_id = platform_client_id(kAccount, "2");
  CHECK(report_of(given, platform.dump) == expected);
  platform.key("second").clients = {"beta"};
  CHECK(given.events_of(platform.dump).size() == 1);
  check_taken(given, platform, DifferenceClass::kReturns);
  CHECK(given.story.catalog().client(ClientNumber{2}).requires_key);
  CHECK(given.story.catalog().client(ClientNumber{2}).keys.size() == 2);
}

TEST_CASE("G1: a client without an id of a platform that an operator removed stays removed") {
  Scenario given;
  PlatformDump platform;
  platform.dump.clients[0].own_id = {};
  given.given(platform.dump).given(RemoveClient{"beta"});
  CHECK(given.events_of(platform.dump).empty());
  CHECK(report_of(given, platform.dump).size() == 1);
  ImportKeys older = platform.dump;
  older.origin = ImportOrigin::kUnsaid;
  CHECK(given.events_of(older).empty());
}

TEST_CASE("G1: a client that an import removed comes back with the platform") {
  Scenario given;
  PlatformDump platform;
  given.given(platform.dump);
  PlatformDump without = platform;
  without.dump.clients.clear();
  CHECK(report_of(given, without.dump) ==
        Texts{"client 0000-0000-0001/beta removed false gone removals works_here"});
  check_taken(given, without, DifferenceClass::kRemovals);
  given.given(platform.dump);
  CHECK(report_of(given, platform.dump).empty());
  CHECK(given.story.catalog().clients() == 2);
  CHECK(given.events_of(platform.dump).empty());
}

TEST_CASE("G1: a key that an operator deleted stays deleted, and is reported while the platform lets it in") {
  Scenario given;
  PlatformDump platform;
  given.given(platform.dump).given(DeleteKey{"production"});
  CHECK(given.events_of(platform.dump).empty());
  CHECK(report_of(given, platform.taking(DifferenceSet::all())) ==
        Texts{"key ann/production deleted true false returns works_there"});
  platform.dump.keys[0].active = ActiveFlag::kInactive;
  CHECK(report_of(given, platform.dump).empty());
}

TEST_CASE("G3: a key that was rotated on one side is reported, and taken only forwards") {
  Scenario given;
  PlatformDump platform;
  given.given(platform.dump);
  ImportKeys record{.keys = {platform.dump.keys[0]}, .origin = ImportOrigin::kRecords};
  ImportedKey& key = record.keys[0];
  const Timestamp until = later_by(given.story.now(), 500);
  key.rotations = {{.digest = sha256_digest("new"), .grace_until = until}};
  const std::string row = "key ann/production secret " + masked_identifier(knox5_digest("production")) + " " +
                          masked_identifier(sha256_digest("new")) + " secrets works_here";
  CHECK(given.events_of(record).empty());
  CHECK(report_of(given, record) == Texts{row});
  SECTION("the old secret has ended there and is not in the record") {
    key.digest = sha256_digest("new");
    key.rotations.clear();
    CHECK(report_of(given, record) == Texts{row});
    record.take = {DifferenceClass::kSecrets};
    CHECK(given.events_of(record) == Events{KeyRotated{KeyNumber{1}, sha256_digest("new"), std::nullopt}});
  }
  SECTION("the old secret is in its grace there") {
    record.take = {DifferenceClass::kSecrets};
    CHECK(given.events_of(record) == Events{KeyRotated{KeyNumber{1}, sha256_digest("new"), until}});
    given.given(record);
    record.take = {};
    CHECK(report_of(given, record).empty());
    // The dump of the platform still has the old secret.
    CHECK(report_of(given, platform.taking(DifferenceSet::all())).size() == 1);
    CHECK(report_of(given, platform.dump).front().ends_with("secrets works_there"));
  }
}

TEST_CASE("G2: a record restores what it makes, and leaves what is there") {
  Scenario given;
  const ImportedClient client{.account = kAccount,
                              .name = "bot",
                              .rule = AccessRule::kOpened,
                              .own_id = Story::client_id_of(ClientNumber{5}),
                              .new_client_id = {}};
  const ImportKeys record{.clients = {client}, .origin = ImportOrigin::kRecords};
  given.given(
      ImportKeys{.accounts = {{.number = kAccount, .name = "Acme"}}, .origin = ImportOrigin::kRecords});
  given.given(record);
  CHECK(given.story.catalog().client(ClientNumber{1}).opened);
  given.given(CloseClientToPublic{"bot"});
  CHECK(given.events_of(record).empty());
  CHECK(report_of(given, record) ==
        Texts{"client 0000-0000-0001/bot access requires a key public access works_there"});
  ImportKeys taking = record;
  taking.take = {DifferenceClass::kAccess};
  CHECK(given.events_of(taking) == Events{ClientOpenedToPublic{ClientNumber{1}}});
}

TEST_CASE("G2: a record of a known key brings no relation by itself") {
  Scenario given;
  PlatformDump platform;
  given.given(platform.dump);
  ImportKeys record{.keys = {platform.dump.keys[0]}, .origin = ImportOrigin::kRecords};
  record.keys[0].clients = {"beta"};
  CHECK(given.events_of(record).empty());
  CHECK(report_of(given, record) == Texts{"key ann/production client - beta assignments works_there"});
  record.keys[0].clients = {"unknown"};
  CHECK(report_of(given, record) == Texts{"key ann/production client - unknown assignments works_there"});
}

TEST_CASE("G2: a policy is restored in an empty ledger, else compared") {
  Scenario given;
  const Policy strict{.max_lifetime_days = 30, .lifetime_rule = LifetimeRule::kEnforce};
  ImportKeys record{.origin = ImportOrigin::kRecords, .policy = strict};
  CHECK(given.events_of(record) == Events{PolicyChanged{strict}});
  given.given(record).given(OpenAccount{kAccount, "Acme", {}});
  CHECK(report_of(given, record).empty());
  record.policy = Policy{};
  CHECK(given.events_of(record).empty());
  CHECK(report_of(given, record) ==
        Texts{"policy lifetime enforce warn policy works_there", "policy max_lifetime_days 30 1095 policy"});
  record.take = {DifferenceClass::kPolicy};
  CHECK(given.events_of(record) == Events{PolicyChanged{Policy{}}});
}

TEST_CASE("G2: rules of a key that differ from a record") {
  Scenario given;
  PlatformDump platform;
  given.given(platform.dump);
  ImportKeys record{.keys = {platform.dump.keys[0]}, .origin = ImportOrigin::kRecords};
  record.keys[0].limit = RateLimit{.requests = 5, .window = 1'000'000};
  record.keys[0].allow = {*parse_address_range("192.0.2.0/24")};
  CHECK(report_of(given, record) == Texts{"key ann/production allow anywhere 192.0.2.0/24 limits works_here",
                                          "key ann/production rate_limit none 5/1s limits"});
  record.take = {DifferenceClass::kLimits};
  given.given(record);
  CHECK(report_of(given, record).empty());
}

TEST_CASE("a comparison appends nothing, and counts what an import would add") {
  const Scenario none;
  PlatformDump platform;
  platform.assign(0, 0);
  platform.dump.mode = ImportMode::kCompare;
  const auto decided = none.when(platform.dump);
  REQUIRE(decided.ok());
  CHECK(decided->events.empty());
  CHECK(decided->report.missing ==
        ImportCounts{.accounts = 1, .users = 1, .clients = 1, .keys = 1, .assignments = 1});
}

TEST_CASE("an import that names a thing twice never makes an impossible record") {
  Scenario given;
  PlatformDump platform;
  platform.assign(0, 0);
  platform.dump.accounts[0].closed = ClosedFlag::kClosed;
  platform.dump.accounts.push_back(platform.dump.accounts[0]);
  platform.dump.clients.push_back(platform.dump.clients[0]);
  platform.dump.keys.push_back(platform.dump.keys[0]);
  platform.dump.keys[0].clients.push_back(platform.dump.clients[0].name);
  given.given(platform.dump);
  given.given(platform.taking(DifferenceSet::all()));
  platform.dump.users.push_back(platform.dump.users[0]);
  CHECK(given.refusal_of(platform.dump) == Refusal{RefusalCode::kUserExists, "ann"});
}

TEST_CASE("a report has a bounded number of rows, the dangerous ones first, and counts all") {
  Differences differences({DifferenceClass::kTexts});
  for (std::size_t i = 0; i < kDifferenceRowsMax; ++i) {
    differences.takes({.kind = DifferenceClass::kNames, .object = "key"});
  }
  differences.takes({.kind = DifferenceClass::kFlags, .danger = Danger::kWorksThere, .object = "there"});
  differences.takes({.kind = DifferenceClass::kFlags, .danger = Danger::kWorksHere, .object = "here"});
  CHECK(differences.takes({.kind = DifferenceClass::kTexts}));
  CHECK(!differences.takes({.kind = DifferenceClass::kTexts, .dump = std::string(2'000, 'x')},
                           Differences::Takeable::kNo));
  const ImportReport report = std::move(differences).finish();
  CHECK(report.rows.size() == kDifferenceRowsMax);
  CHECK(report.rows[0].object == "here");
  CHECK(report.rows[1].object == "there");
  CHECK(report.taken == 1);
  std::uint64_t all = 0;
  for (const DifferenceCount& each : report.left) all += each.count;
  CHECK(all == kDifferenceRowsMax + 3);
}

}  // namespace keyledger::commands
