// The folds are total: an event that cannot follow from the state before gives an error with the event's
// name, and never a crash.
#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/story.h"

namespace keyledger::projections {
namespace {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every fold
using tests::Story;

KeyDetails details_of_a_new_key() {
  return {.key = KeyNumber{3},
          .key_id = Story::key_id_of(KeyNumber{3}),
          .owner = UserNumber{1},
          .account = AccountNumber{1},
          .name = "new",
          .digest = sha256_digest("new"),
          .created = tests::kStoryBegins};
}

template <typename Change>
Event new_key(Change change) {
  KeyDetails details = details_of_a_new_key();
  change(details);
  return KeyCreated{std::move(details)};
}

UseBlock block_of(const Use& use) { return {.as_of = Position{1}, .addresses = {}, .uses = {use}}; }

struct Impossible {
  std::string says;
  Event event;
};

std::vector<Impossible> impossible_events() {
  constexpr AccountNumber kAccount{1};
  constexpr KeyNumber kInactiveKey{1};
  constexpr KeyNumber kDeletedKey{2};
  constexpr KeyNumber kStranger{9};
  constexpr ClientNumber kClient{1};
  return {
      {"AccountOpened of an account that is already open", AccountOpened{kAccount, "again"}},
      {"UserRegistered with a number out of turn", UserRegistered{UserNumber{3}, "eve"}},
      {"UserRegistered with a number out of turn", UserRegistered{UserNumber{0}, "eve"}},
      {"UserRegistered of a username that is taken", UserRegistered{UserNumber{2}, "ada"}},
      {"UserJoinedAccount of an unknown user", UserJoinedAccount{UserNumber{2}, kAccount}},
      {"UserJoinedAccount of an unknown user", UserJoinedAccount{UserNumber{0}, kAccount}},
      {"UserJoinedAccount of an unknown account", UserJoinedAccount{UserNumber{1}, AccountNumber{2}}},
      {"UserJoinedAccount of a user who is already a member", UserJoinedAccount{UserNumber{1}, kAccount}},
      {"ClientRegistered with a number out of turn",
       ClientRegistered{ClientNumber{3}, Story::client_id_of(ClientNumber{3}), kAccount, "new"}},
      {"ClientRegistered of an unknown account",
       ClientRegistered{ClientNumber{2}, Story::client_id_of(ClientNumber{2}), AccountNumber{2}, "new"}},
      {"ClientRegistered of a name that is taken",
       ClientRegistered{ClientNumber{2}, Story::client_id_of(ClientNumber{2}), kAccount, "bot"}},
      {"ClientRegistered of an id that is taken",
       ClientRegistered{ClientNumber{2}, Story::client_id_of(kClient), kAccount, "new"}},
      {"KeyCreated with a number out of turn", new_key([](auto& key) { key.key = KeyNumber{4}; })},
      {"KeyCreated of an unknown owner", new_key([](auto& key) { key.owner = UserNumber{2}; })},
      {"KeyCreated of an unknown owner", new_key([](auto& key) { key.owner = UserNumber{0}; })},
      {"KeyCreated of an unknown account", new_key([](auto& key) { key.account = AccountNumber{2}; })},
      {"KeyCreated of an id that is taken",
       new_key([](auto& key) { key.key_id = Story::key_id_of(kDeletedKey); })},
      {"KeyCreated of a name that is taken", new_key([](auto& key) { key.name = "inactive"; })},
      {"KeyCreated of a digest that is known",
       new_key([](auto& key) { key.digest = sha256_digest(Story::token_of("deleted")); })},
      {"KeyActivated of an unknown key", KeyActivated{kStranger}},
      {"KeyActivated of an unknown key", KeyActivated{kNoKey}},
      {"KeyActivated of a deleted key", KeyActivated{kDeletedKey}},
      {"KeyDeactivated of a deleted key", KeyDeactivated{kDeletedKey}},
      {"KeyDeactivated of a key that already has this state", KeyDeactivated{kInactiveKey}},
      {"KeyDeleted of an unknown key", KeyDeleted{kStranger}},
      {"KeyDeleted of a deleted key", KeyDeleted{kDeletedKey}},
      {"KeyAssigned of an unknown key or client", KeyAssigned{kStranger, kClient}},
      {"KeyAssigned of an unknown key or client", KeyAssigned{kInactiveKey, ClientNumber{2}}},
      {"KeyAssigned of an unknown key or client", KeyAssigned{kInactiveKey, kNoClient}},
      {"KeyAssigned of an assignment that exists", KeyAssigned{kInactiveKey, kClient}},
      {"KeyUnassigned of an unknown key or client", KeyUnassigned{kStranger, kClient}},
      {"KeyUnassigned of an assignment that does not exist", KeyUnassigned{kDeletedKey, kClient}},
      {"AccountRenamed of an unknown account", AccountRenamed{AccountNumber{2}, "new"}},
      {"AccountClosed of an unknown account", AccountClosed{AccountNumber{2}}},
      {"UserStaffChanged of an unknown user", UserStaffChanged{UserNumber{2}}},
      {"UserActiveChanged of an unknown user", UserActiveChanged{UserNumber{0}}},
      {"UserLeftAccount of an unknown user", UserLeftAccount{UserNumber{2}, kAccount}},
      {"UserLeftAccount of an unknown account", UserLeftAccount{UserNumber{1}, AccountNumber{2}}},
      {"UserRemoved of an unknown user", UserRemoved{UserNumber{2}}},
      {"ClientRenamed of an unknown client", ClientRenamed{ClientNumber{2}, "new"}},
      {"ClientOpenedToPublic of an unknown client", ClientOpenedToPublic{ClientNumber{2}}},
      {"ClientClosedToPublic of an unknown client", ClientClosedToPublic{kNoClient}},
      {"ClientRemoved of an unknown client", ClientRemoved{ClientNumber{2}}},
      {"KeyRenamed of an unknown key", KeyRenamed{kStranger, "new"}},
      {"KeyRenamed of a deleted key", KeyRenamed{kDeletedKey, "new"}},
      {"KeyDescribed of an unknown key", KeyDescribed{.key = kStranger}},
      {"KeyDescribed of a deleted key", KeyDescribed{.key = kDeletedKey}},
      {"KeyAnnotated of an unknown key", KeyAnnotated{kStranger, {{"a", "b"}}}},
      {"KeyAnnotated of a deleted key", KeyAnnotated{kDeletedKey, {{"a", "b"}}}},
      {"KeyExpiryChanged of a deleted key", KeyExpiryChanged{.key = kDeletedKey}},
      {"KeyRotated to a digest that is known",
       KeyRotated{.key = kInactiveKey, .digest = sha256_digest(Story::token_of("deleted"))}},
      {"KeyRotated of an unknown key", KeyRotated{.key = kStranger, .digest = sha256_digest("new")}},
      {"KeyLimitChanged of a deleted key", KeyLimitChanged{.key = kDeletedKey}},
      {"KeyAllowListChanged of an unknown key", KeyAllowListChanged{.key = kStranger}},
      {"KeysUsed of an unknown key or client", KeysUsed{block_of({.key = kStranger})}},
      {"KeysUsed of an unknown key or client",
       KeysUsed{block_of({.key = kInactiveKey, .client = ClientNumber{2}})}},
      {"UsesDenied of an unknown key or client",
       UsesDenied{block_of({.key = kStranger, .reason = VerdictReason::kExpired})}},
  };
}

// Eight events: the next position is 9.
Story prelude() {
  Story story;
  const AccountNumber account = story.account(1);
  const UserNumber ada = story.user("ada", account);
  const ClientNumber bot = story.client("bot", account);
  const KeyNumber inactive = story.key("inactive", ada, account, {.imported_as = ActiveFlag::kInactive});
  const KeyNumber deleted = story.key("deleted", ada, account);
  story.add(KeyAssigned{inactive, bot});
  story.add(KeyDeleted{deleted});
  return story;
}

TEST_CASE("an event that cannot follow is corruption, reported with its position") {
  for (const Impossible& impossible : impossible_events()) {
    CAPTURE(impossible.says);
    Story story = prelude();
    const auto applied = story.try_add(impossible.event);
    REQUIRE_FALSE(applied.ok());
    CHECK(applied.error() == Error{ErrorCode::kCorruptRecord, "position 9: " + impossible.says});
    CHECK(applied.error().is_corruption());
  }
}

TEST_CASE("the same events follow where the state allows them") {
  Story story = prelude();
  CHECK(story.try_add(new_key([](auto&) {})).ok());
}

TEST_CASE("a record at a position that is taken is corruption") {
  Story story = prelude();
  Record again = story.records().back();
  again.events = {KeyActivated{KeyNumber{1}}};
  projections::State state = story.replayed();
  const auto applied = state.apply(again);
  REQUIRE_FALSE(applied.ok());
  CHECK(applied.error().message().find("position 8: a record at a position that is taken") !=
        std::string::npos);
}

TEST_CASE("the position of the event within its record is named") {
  Story story = prelude();
  Record record{.index = 8, .position = Position{9}, .time = story.now()};
  record.events = {KeyActivated{KeyNumber{1}}, KeyDeactivated{KeyNumber{1}}, KeyDeactivated{KeyNumber{1}}};
  projections::State state = story.replayed();
  CHECK(state.apply(record).error().detail ==
        "position 11: KeyDeactivated of a key that already has this state");
}

TEST_CASE("a record by a key that nobody made is corruption") {
  Story story = prelude();
  Record record{.index = 8, .position = Position{9}, .time = story.now()};
  record.events = {KeyActivated{KeyNumber{1}}};
  record.actor = KeyActor{KeyNumber{3}};
  projections::State state = story.replayed();
  CHECK(state.apply(record).error().detail == "position 9: a record by an unknown key");
  record.actor = KeyActor{KeyNumber{2}};
  CHECK(story.replayed().apply(record).ok());
}

}  // namespace
}  // namespace keyledger::projections
