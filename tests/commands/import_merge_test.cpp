// Imports of a later dump: what is taken over, left, reported and taken.
#include <catch2/catch.hpp>
#include <string>

#include "tests/commands/platform_dump.h"

namespace keyledger::commands {
namespace {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every decision
using tests::Story;
using Events = std::vector<Event>;

}  // namespace

TEST_CASE("A1: a later dump brings the assignments of known keys") {
  Scenario given;
  PlatformDump platform;
  given.given(platform.dump);
  CHECK(!given.story.catalog().client(ClientNumber{1}).requires_key);
  platform.assign(0, 0);
  CHECK(report_of(given, platform.dump).empty());
  CHECK(given.events_of(platform.dump) ==
        Events{ClientClosedToPublic{ClientNumber{1}}, KeyAssigned{KeyNumber{1}, ClientNumber{1}}});
  given.given(platform.dump);
  CHECK(given.events_of(platform.dump).empty());
}

TEST_CASE("A1: a later dump closes a client whose keys cannot be assigned") {
  Scenario given;
  PlatformDump platform;
  given.given(platform.dump);
  platform.dump.clients[0].rule = AccessRule::kRequiresKey;
  CHECK(given.events_of(platform.dump) == Events{ClientClosedToPublic{ClientNumber{1}}});
}

TEST_CASE("A1: a later dump brings the memberships of known users, and new keys of known clients") {
  Scenario given;
  PlatformDump platform;
  given.given(platform.dump);
  platform.dump.accounts.push_back({.number = kOther, .name = "Other"});
  platform.dump.users[0].accounts.push_back(kOther);
  platform.key("second").clients = {"beta"};
  platform.dump.clients[0].rule = AccessRule::kRequiresKey;
  const Events events = given.events_of(platform.dump);
  REQUIRE(events.size() == 5);
  CHECK(std::holds_alternative<AccountOpened>(events[0]));
  CHECK(events[1] == Event{UserJoinedAccount{UserNumber{1}, AccountNumber{2}}});
  CHECK(events[2] == Event{ClientClosedToPublic{ClientNumber{1}}});
  CHECK(std::holds_alternative<KeyImported>(events[3]));
  CHECK(events[4] == Event{KeyAssigned{KeyNumber{2}, ClientNumber{1}}});
}

TEST_CASE("A1: an assignment that an operator ended does not come back, and one that an import ended does") {
  Scenario given;
  PlatformDump platform;
  platform.assign(0, 0);
  given.given(platform.dump).given(UnassignKey{"production", "beta"});
  CHECK(given.events_of(platform.dump).empty());
  CHECK(report_of(given, platform.dump) == Texts{"key ann/production client - beta assignments works_there"});
  PlatformDump without = platform;
  without.dump.keys[0].clients.clear();
  CHECK(report_of(given, without.dump).empty());
  check_taken(given, platform, DifferenceClass::kAssignments);
  given.given(without.taking({DifferenceClass::kAssignments}));
  CHECK(given.events_of(platform.dump) == Events{KeyAssigned{KeyNumber{1}, ClientNumber{1}}});
}

TEST_CASE("A1: an assignment that the platform has ended is the dangerous direction until it is taken") {
  Scenario given;
  PlatformDump platform;
  platform.assign(0, 0);
  given.given(platform.dump);
  platform.dump.keys[0].clients.clear();
  CHECK(given.events_of(platform.dump).empty());
  CHECK(report_of(given, platform.dump) == Texts{"key ann/production client beta - assignments works_here"});
  check_taken(given, platform, DifferenceClass::kAssignments);
  CHECK(given.story.catalog().client(ClientNumber{1}).requires_key);
}

TEST_CASE("A1: an assignment to a client that only the ledger has is not the dump's") {
  Scenario given;
  const PlatformDump platform;
  given.given(platform.dump)
      .given(RegisterClient{kAccount, "ours", Story::client_id_of(ClientNumber{77})})
      .given(AssignKey{"production", "ours"});
  CHECK(report_of(given, platform.dump).empty());
}

TEST_CASE("A1: a client that an operator opened stays open, and is reported") {
  Scenario given;
  PlatformDump platform;
  given.given(platform.dump).given(CloseClientToPublic{"beta"}).given(OpenClientToPublic{"beta"});
  platform.assign(0, 0);
  CHECK(report_of(given, platform.dump) ==
        Texts{"client 0000-0000-0001/beta access public requires a key access works_here"});
  given.given(platform.dump);
  CHECK(!given.story.catalog().client(ClientNumber{1}).requires_key);
  check_taken(given, platform, DifferenceClass::kAccess);
  CHECK(given.story.catalog().client(ClientNumber{1}).requires_key);
}

TEST_CASE("A1: a client that an operator closed stays closed, and opens only if the dump's word is taken") {
  Scenario given;
  const PlatformDump platform;
  given.given(platform.dump).given(CloseClientToPublic{"beta"});
  CHECK(given.events_of(platform.dump).empty());
  CHECK(report_of(given, platform.dump) ==
        Texts{"client 0000-0000-0001/beta access requires a key public access works_there"});
  check_taken(given, platform, DifferenceClass::kAccess);
}

TEST_CASE("A2: flags that changed are left and reported, and the rest of the dump comes") {
  Scenario given;
  PlatformDump platform;
  platform.user("bob");
  given.given(platform.dump);
  platform.dump.users[1].active = ActiveFlag::kInactive;
  platform.dump.users[0].staff = StaffFlag::kNotStaff;
  platform.dump.keys[0].active = ActiveFlag::kInactive;
  platform.key("second");
  CHECK(report_of(given, platform.dump) == Texts{"user bob active true false flags works_here",
                                                 "key ann/production active true false flags works_here",
                                                 "user ann staff true false flags"});
  CHECK(given.events_of(platform.dump).size() == 1);
  given.given(platform.dump);
  check_taken(given, platform, DifferenceClass::kFlags);
  CHECK(given.story.catalog().user(UserNumber{2}).active == ActiveFlag::kInactive);
}

TEST_CASE("A2: flags that operators changed here are named, too") {
  Scenario given;
  const PlatformDump platform;
  given.given(platform.dump)
      .given(DeactivateKey{"production"})
      .given(SetUser{.username = "ann", .active = ActiveFlag::kInactive});
  CHECK(given.events_of(platform.dump).empty());
  CHECK(report_of(given, platform.dump) == Texts{"user ann active false true flags works_there",
                                                 "key ann/production active false true flags works_there"});
  check_taken(given, platform, DifferenceClass::kFlags);
}

TEST_CASE("A2: a user who was removed here stays removed, and is reported while the platform lets him in") {
  Scenario given;
  PlatformDump platform;
  platform.user("bob");
  given.given(platform.dump).given(RemoveUser{"bob"});
  CHECK(given.events_of(platform.dump).empty());
  const Texts expected{"user bob removed true false returns works_there"};
  CHECK(report_of(given, platform.dump) == expected);
  CHECK(report_of(given, platform.taking(DifferenceSet::all())) == expected);
  platform.dump.users[1].active = ActiveFlag::kInactive;
  CHECK(report_of(given, platform.dump).empty());
}

TEST_CASE("A2: expiries are dangerous only if one side has let the key end") {
  Scenario given;
  PlatformDump platform;
  platform.dump.keys[0].expiry = later_by(given.story.now(), 100);
  given.given(platform.dump);
  platform.dump.keys[0].expiry = later_by(given.story.now(), 200);
  CHECK(report_of(given, platform.dump).front().ends_with(" expiries"));
  platform.dump.keys[0].expiry = later_by(given.story.now(), -1);
  CHECK(report_of(given, platform.dump).front().ends_with(" expiries works_here"));
  platform.dump.keys[0].expiry.reset();
  CHECK(report_of(given, platform.dump).front().ends_with(" never expiries"));
  given.story.pass(101);
  CHECK(report_of(given, platform.dump).front().ends_with(" never expiries works_there"));
  check_taken(given, platform, DifferenceClass::kExpiries);
}

TEST_CASE("A2: names and texts that differ are rows, and are taken") {
  Scenario given;
  PlatformDump platform;
  given.given(platform.dump);
  platform.dump.accounts[0].name = "Acme Inc.";
  platform.dump.clients[0].name = "gamma";
  platform.dump.keys[0].base_name = "live";
  platform.dump.keys[0].description = "for the front";
  platform.dump.keys[0].tags = {"prod"};
  CHECK(given.events_of(platform.dump).empty());
  CHECK(report_of(given, platform.dump) == Texts{"account 0000-0000-0001 name Acme Acme Inc. names",
                                                 "client 0000-0000-0001/beta name beta gamma names",
                                                 "key ann/production name production live names",
                                                 "key ann/production description  for the front texts",
                                                 "key ann/production tags  prod texts"});
  given.given(platform.taking({DifferenceClass::kNames}));
  check_taken(given, platform, DifferenceClass::kTexts);
  CHECK(given.story.catalog().key(KeyNumber{1}).name == "live");
}

TEST_CASE(
    "A2: a name that moved from one key to another is taken in the right order, and exchanged names too") {
  Scenario given;
  PlatformDump platform;
  platform.key("second");
  platform.key("third");
  given.given(platform.dump);
  auto& keys = platform.dump.keys;
  keys[0].base_name = "old";
  keys[1].base_name = "production";
  check_taken(given, platform, DifferenceClass::kNames);
  std::swap(keys[0].base_name, keys[1].base_name);
  std::swap(keys[1].base_name, keys[2].base_name);
  CHECK(report_of(given, platform.dump).size() == 3);
  check_taken(given, platform, DifferenceClass::kNames);
  CHECK(given.story.catalog().key(KeyNumber{1}).name == "production");
  CHECK(given.story.catalog().key(KeyNumber{2}).name == "third");
  CHECK(given.story.catalog().key(KeyNumber{3}).name == "old");
}

TEST_CASE("A2: the number after a name that the dump has twice is no difference") {
  Scenario given;
  PlatformDump platform;
  platform.key("production").digest = knox5_digest("another");
  given.given(platform.dump);
  CHECK(given.story.catalog().key(KeyNumber{2}).name == "production_2");
  CHECK(report_of(given, platform.dump).empty());
  platform.dump.keys.erase(platform.dump.keys.begin());
  CHECK(report_of(given, platform.dump) ==
        Texts{"key ann/production deleted false gone removals works_here"});
  given.given(platform.taking({DifferenceClass::kRemovals, DifferenceClass::kNames}));
  CHECK(report_of(given, platform.dump).empty());
  CHECK(given.story.catalog().key(KeyNumber{2}).name == "production");
}

TEST_CASE("A2: a key that is gone from the dump is reported while it works here") {
  Scenario given;
  PlatformDump platform;
  platform.key("second").expiry = later_by(given.story.now(), 100);
  given.given(platform.dump);
  platform.dump.keys.clear();
  CHECK(report_of(given, platform.dump) == Texts{"key ann/production deleted false gone removals works_here",
                                                 "key ann/second deleted false gone removals works_here"});
  given.given(DeactivateKey{"production"});
  given.story.pass(101);
  CHECK(report_of(given, platform.dump) == Texts{"key ann/production deleted false gone removals"});
  check_taken(given, platform, DifferenceClass::kRemovals);
}

TEST_CASE("A2: keys of the ledger's own, and of other accounts, are not missed in a dump") {
  Scenario given;
  PlatformDump platform;
  given.given(platform.dump)
      .given(CreateKey{.account = kAccount,
                       .username = "ann",
                       .name = "native",
                       .new_key_id = Story::key_id_of(KeyNumber{500}),
                       .digest = sha256_digest("native")})
      .given(OpenAccount{kOther, "Other", {}})
      .given(SetUser{.username = "ann", .join = {kOther}});
  ImportKeys elsewhere{
      .account = kOther,
      .users = {{.username = "ann", .staff = StaffFlag::kStaff, .active = ActiveFlag::kActive}},
      .keys = {platform.dump.keys[0]},
      .origin = ImportOrigin::kDump};
  elsewhere.keys[0].digest = knox5_digest("elsewhere");
  elsewhere.keys[0].own_id = {};
  elsewhere.keys[0].account.clear();
  elsewhere.keys[0].new_key_id = Story::key_id_of(KeyNumber{501});
  given.given(elsewhere);
  CHECK(report_of(given, elsewhere).empty());
  CHECK(report_of(given, platform.dump).empty());
}

TEST_CASE("A2: a dump of Knox alone says nothing about names, texts and clients of keys") {
  Scenario given;
  ImportKeys dump{.account = kAccount,
                  .users = {{.username = "ann", .staff = StaffFlag::kStaff, .active = ActiveFlag::kActive}},
                  .keys = {{.username = "ann",
                            .base_name = "knox5_20251011",
                            .digest = knox5_digest("a"),
                            .created = Timestamp{1'000},
                            .active = ActiveFlag::kActive,
                            .new_key_id = Story::key_id_of(KeyNumber{1})}},
                  .origin = ImportOrigin::kDump};
  given.given(dump)
      .given(RegisterClient{kAccount, "bot", Story::client_id_of(ClientNumber{1})})
      .given(EditKey{.key = "knox5_20251011", .name = "mine", .description = "text"})
      .given(AssignKey{"mine", "bot"})
      .given(RenameAccount{kAccount, "Acme"});
  CHECK(report_of(given, dump).empty());
  CHECK(given.events_of(dump).empty());
}

TEST_CASE("A2: a username that changed is a new user, and the keys of the old one are rows") {
  Scenario given;
  PlatformDump platform;
  given.given(platform.dump);
  platform.dump.users[0].username = "anne";
  platform.dump.keys[0].username = "anne";
  CHECK(report_of(given, platform.dump) == Texts{"key ann/production owner ann anne owners"});
  given.given(platform.dump);
  CHECK(report_of(given, platform.taking(DifferenceSet::all())).size() == 1);
  platform.dump.users[0].active = ActiveFlag::kInactive;
  CHECK(report_of(given, platform.taking({DifferenceClass::kFlags})) ==
        Texts{"key ann/production owner ann anne owners works_here"});
}

TEST_CASE("A2: a user who shares no account with the ledger's user of this name joins nothing by itself") {
  Scenario given;
  given.given(OpenAccount{kOther, "Other", {}}).given(RegisterUser{kOther, "ann", StaffFlag::kStaff});
  const PlatformDump platform;
  CHECK(report_of(given, platform.dump) ==
        Texts{"user ann account - 0000-0000-0001 memberships works_there"});
  given.given(platform.dump);
  CHECK(!given.story.catalog().is_member(UserNumber{1}, AccountNumber{1}));
  check_taken(given, platform, DifferenceClass::kMemberships);
}

TEST_CASE("A2: memberships that ended on a side are reported, and do not come back by themselves") {
  Scenario given;
  PlatformDump platform;
  platform.dump.accounts.push_back({.number = kOther, .name = "Other"});
  platform.dump.users[0].accounts.push_back(kOther);
  given.given(platform.dump).given(SetUser{.username = "ann", .leave = {kOther}});
  CHECK(given.events_of(platform.dump).empty());
  CHECK(report_of(given, platform.dump) ==
        Texts{"user ann account - 0000-0000-0002 memberships works_there"});
  check_taken(given, platform, DifferenceClass::kMemberships);
  platform.dump.users[0].accounts.pop_back();
  CHECK(report_of(given, platform.dump) == Texts{"user ann account 0000-0000-0002 - memberships works_here"});
  check_taken(given, platform, DifferenceClass::kMemberships);
}

TEST_CASE("A2: an account that one side has closed") {
  Scenario given;
  PlatformDump platform;
  given.given(platform.dump);
  platform.dump.accounts[0].closed = ClosedFlag::kClosed;
  CHECK(report_of(given, platform.dump) ==
        Texts{"account 0000-0000-0001 closed false true removals works_here"});
  check_taken(given, platform, DifferenceClass::kRemovals);
  platform.dump.accounts[0].closed = ClosedFlag::kOpen;
  platform.key("new");
  platform.client("2", "new");
  platform.user("new");
  CHECK(report_of(given, platform.dump) ==
        Texts{"account 0000-0000-0001 closed true false returns works_there",
              "key ann/new account closed 0000-0000-0001 returns works_there"});
  CHECK(given.events_of(platform.dump).size() == 1);  // the user, as a member of nothing
}

TEST_CASE("A2: a client that was renamed, or exchanged its name, stays the same client") {
  Scenario given;
  PlatformDump platform;
  platform.client("2", "gamma");
  given.given(platform.dump);
  std::swap(platform.dump.clients[0].name, platform.dump.clients[1].name);
  platform.dump.keys[0].clients = {"gamma"};  // the first client
  platform.dump.clients[0].rule = AccessRule::kRequiresKey;
  given.given(platform.dump);
  CHECK(given.story.catalog().client(ClientNumber{1}).keys == std::vector{KeyNumber{1}});
  CHECK(given.story.catalog().client(ClientNumber{1}).name == "beta");
  CHECK(report_of(given, platform.dump).size() == 2);
  check_taken(given, platform, DifferenceClass::kNames);
  CHECK(given.story.catalog().client(ClientNumber{1}).name == "gamma");
  CHECK(given.story.catalog().client(ClientNumber{2}).name == "beta");
}

TEST_CASE("A2: another client of the platform does not inherit the keys of a client by its name") {
  Scenario given;
  PlatformDump platform;
  platform.assign(0, 0);
  given.given(platform.dump);
  platform.dump.clients.clear();
  platform.client("9", "beta");
  platform.key("second");
  platform.dump.keys[0].clients.clear();
  platform.assign(1, 0);
  CHECK(report_of(given, platform.dump) ==
        Texts{"client 0000-0000-0001/beta removed false gone removals works_here",
              "client 0000-0000-0001/beta_2 name beta_2 beta names"});
  given.given(platform.dump);
  CHECK(given.story.catalog().client(ClientNumber{1}).keys == std::vector{KeyNumber{1}});
  CHECK(given.story.catalog().client(ClientNumber{2}).keys == std::vector{KeyNumber{2}});
  given.given(platform.taking({DifferenceClass::kRemovals, DifferenceClass::kNames}));
  CHECK(report_of(given, platform.dump).empty());
  CHECK(given.story.catalog().client(ClientNumber{2}).name == "beta");
}

}  // namespace keyledger::commands
