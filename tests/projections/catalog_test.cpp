#include "projections/catalog.h"

#include <catch2/catch.hpp>
#include <span>
#include <string>
#include <vector>

#include "projections/lookup.h"
#include "tests/support/story.h"

namespace keyledger::projections {
namespace {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every fold
using tests::Story;
using Kind = EntityRef::Kind;

struct World {
  Story story;
  AccountNumber account = story.account(111122223333);
  AccountNumber other = story.account(444455556666);
  UserNumber ada = story.user("ada", account);
  UserNumber bob = story.user("bob", other, StaffFlag::kNotStaff);
  ClientNumber bot = story.client("bot", account);

  const Catalog& catalog() const { return story.catalog(); }
};

std::vector<ClientNumber> numbers_in(std::span<const ClientNumber> clients) {
  return {clients.begin(), clients.end()};
}

TEST_CASE("the catalog knows what was said of each entity") {
  World world;
  world.story.pass(7);
  const KeyNumber key = world.story.key("ci", world.ada, world.account);
  world.story.add(KeyAssigned{key, world.bot});
  const Catalog& catalog = world.catalog();
  CHECK(catalog.find_account(world.account)->opened == tests::kStoryBegins);
  CHECK(catalog.find_account(world.account)->members == std::vector{world.ada});
  CHECK(catalog.find_account(world.account)->clients == std::vector{world.bot});
  CHECK(catalog.keys_of(*catalog.find_account(world.account)) == std::vector{key});
  CHECK(catalog.find_account(world.account)->keys == 1);
  CHECK(catalog.find_account(AccountNumber{5}) == nullptr);
  CHECK(catalog.user(world.ada).staff == StaffFlag::kStaff);
  CHECK(catalog.user(world.bob).staff == StaffFlag::kNotStaff);
  CHECK(catalog.keys_of(catalog.user(world.ada)) == std::vector{key});
  CHECK(catalog.user(world.ada).keys == 1);
  CHECK(catalog.is_member(world.ada, world.account));
  CHECK_FALSE(catalog.is_member(world.ada, world.other));
  CHECK(catalog.client(world.bot).requires_key);
  CHECK(catalog.client(world.bot).keys == std::vector{key});
  CHECK(numbers_in(catalog.key(key).clients) == std::vector{world.bot});
  CHECK(catalog.key(key).created == later_by(tests::kStoryBegins, 7));
  CHECK(catalog.key(key).masked == masked_identifier(sha256_digest(Story::token_of("ci"))));
  CHECK(catalog.find_digest(sha256_digest(Story::token_of("ci"))) == key);
}

TEST_CASE("a key's version counts the events about it") {
  World world;
  const KeyNumber key = world.story.key("ci", world.ada, world.account);
  CHECK(world.catalog().key(key).version == 1);
  const std::vector<Event> events = {KeyDeactivated{key}, KeyActivated{key}, KeyAssigned{key, world.bot},
                                     KeyUnassigned{key, world.bot}, KeyDeleted{key}};
  std::uint32_t version = 1;
  for (const Event& event : events) {
    world.story.add(event);
    CHECK(world.catalog().key(key).version == ++version);
  }
  CHECK(world.catalog().key(key).deleted);
}

TEST_CASE("a client that ever had an assignment requires a key") {
  World world;
  const KeyNumber key = world.story.key("ci", world.ada, world.account);
  CHECK_FALSE(world.catalog().client(world.bot).requires_key);
  world.story.add(KeyAssigned{key, world.bot});
  world.story.add(KeyUnassigned{key, world.bot});
  CHECK(world.catalog().client(world.bot).requires_key);
  CHECK(world.catalog().client(world.bot).keys.empty());
}

TEST_CASE("a name that is given once is enough; one that is given twice needs its owner or account") {
  World world;
  const KeyNumber adas = world.story.key("ci", world.ada, world.account);
  const ClientNumber twin = world.story.client("bot", world.other);
  const Catalog& catalog = world.catalog();
  CHECK(catalog.resolve_key("ci").number == adas);
  const KeyNumber bobs = world.story.key("backup", world.bob, world.other);
  CHECK(catalog.resolve_key("backup").number == bobs);
  CHECK(catalog.resolve_key("bob/backup").number == bobs);
  CHECK(catalog.resolve_key("ada/backup").number == std::nullopt);
  CHECK(catalog.resolve_key("eve/backup").number == std::nullopt);
  CHECK(catalog.resolve_client("bot").ambiguous);
  CHECK(catalog.resolve_client("4444-5555-6666/bot").number == twin);
  CHECK(catalog.resolve_client("4444-5555-6666/cat").number == std::nullopt);
  CHECK(catalog.resolve_client("44445555-6666/bot").number == std::nullopt);
  CHECK(catalog.resolve_client(to_string(Story::client_id_of(world.bot).uuid)).number == world.bot);
  CHECK_FALSE(catalog.resolve_key("nobody's").ambiguous);
}

TEST_CASE("a key is found by its owner's name, even if the owner came with a slash in it") {
  World world;
  const KeyNumber key = world.story.key("ci", world.story.user("team/eve", world.account), world.account);
  world.story.key("ci", world.ada, world.account, {.digest = sha256_digest("another token")});
  CHECK(world.catalog().resolve_key("team/eve/ci").number == key);
  CHECK(world.catalog().resolve_key("eve/ci").number == std::nullopt);
}

TEST_CASE("a deleted key is found by its id, and its name is free again") {
  World world;
  const KeyNumber old = world.story.key("ci", world.ada, world.account);
  world.story.add(KeyDeleted{old});
  const Catalog& catalog = world.catalog();
  CHECK(catalog.resolve_key("ci").number == std::nullopt);
  CHECK(catalog.resolve_key(to_string(Story::key_id_of(old).uuid)).number == old);
  CHECK(catalog.find_key(world.ada, "ci") == std::nullopt);
  const KeyNumber fresh =
      world.story.key("ci", world.ada, world.account, {.digest = sha256_digest("another token")});
  CHECK(catalog.resolve_key("ci").number == fresh);
  CHECK(catalog.find_digest(sha256_digest(Story::token_of("ci"))) == old);
}

TEST_CASE("keys of an owner and of an account come in the order of their numbers, deleted ones too") {
  World world;
  const KeyNumber first = world.story.key("first", world.ada, world.account);
  const KeyNumber bobs = world.story.key("bobs", world.bob, world.account);
  const KeyNumber other = world.story.key("other", world.ada, world.other);
  world.story.add(KeyDeleted{first});
  const Catalog& catalog = world.catalog();
  CHECK(catalog.keys_of(catalog.user(world.ada)) == std::vector{first, other});
  CHECK(catalog.keys_of(catalog.user(world.bob)) == std::vector{bobs});
  CHECK(catalog.keys_of(*catalog.find_account(world.account)) == std::vector{first, bobs});
  CHECK(catalog.keys_of(*catalog.find_account(world.other)) == std::vector{other});
}

TEST_CASE("a key's clients are listed in order, however many there are") {
  World world;
  const KeyNumber key = world.story.key("ci", world.ada, world.account);
  std::vector<ClientNumber> clients = {world.bot};
  for (int i = 0; i < 4; ++i) clients.push_back(world.story.client("bot" + std::to_string(i), world.account));
  const auto listed = [&] { return numbers_in(world.catalog().key(key).clients); };
  CHECK(listed().empty());
  for (const std::size_t place : {3U, 0U, 4U, 1U, 2U}) world.story.add(KeyAssigned{key, clients[place]});
  CHECK(listed() == clients);
  world.story.add(ClientRemoved{clients[1]});
  world.story.add(KeyUnassigned{key, clients[4]});
  CHECK(listed() == std::vector{clients[0], clients[2], clients[3]});
  world.story.add(KeyUnassigned{key, clients[0]});
  world.story.add(KeyUnassigned{key, clients[3]});
  CHECK(listed() == std::vector{clients[2]});
  world.story.add(KeyAssigned{key, clients[0]});
  CHECK(listed() == std::vector{clients[0], clients[2]});
  world.story.add(KeyUnassigned{key, clients[2]});
  world.story.add(KeyUnassigned{key, clients[0]});
  CHECK(listed().empty());
}

TEST_CASE("what is said of a key stays when one thing of it changes") {
  World world;
  const KeyNumber key = world.story.key("ci", world.ada, world.account);
  const std::string description(255, 'd');
  const std::vector<Annotation> notes = {{"team", "web"}, {"ticket", std::string(3'000, 't')}};
  const AddressRange range = *parse_address_range("192.0.2.0/24");
  world.story.add(KeyDescribed{key, description, {"one", "two"}, notes});
  world.story.add(KeyLimitChanged{key, RateLimit{.requests = 5, .window = 7}});
  world.story.add(KeyAllowListChanged{key, {range}});
  world.story.add(KeyRenamed{key, "renamed"});
  const Key known = world.catalog().key(key);
  CHECK(known.name == "renamed");
  CHECK(known.description == description);
  CHECK(known.tags == std::vector<std::string>{"one", "two"});
  CHECK(known.annotations == notes);
  CHECK(known.limit == RateLimit{.requests = 5, .window = 7});
  CHECK(known.allow == std::vector{range});
  world.story.add(KeyDescribed{key, "", {}, {}});
  world.story.add(KeyLimitChanged{key, std::nullopt});
  world.story.add(KeyAllowListChanged{key, {}});
  const Key bare = world.catalog().key(key);
  CHECK(bare.name == "renamed");
  CHECK(bare.description.empty());
  CHECK(bare.tags.empty());
  CHECK(bare.annotations.empty());
  CHECK_FALSE(bare.limit);
  CHECK(bare.allow.empty());
}

TEST_CASE("a name leads to its one key, whichever of those that had it are gone") {
  World world;
  std::vector<KeyNumber> keys;
  for (int i = 0; i < 5; ++i) {
    const UserNumber owner = world.story.user("user" + std::to_string(i), world.account);
    keys.push_back(
        world.story.key("ci", owner, world.account, {.digest = sha256_digest("token " + std::to_string(i))}));
  }
  const auto match = [&] { return world.catalog().resolve_key("ci"); };
  for (const std::size_t place : {2U, 0U, 4U}) {
    CHECK(match().ambiguous);
    world.story.add(KeyDeleted{keys[place]});
  }
  CHECK(match().ambiguous);
  world.story.add(KeyRenamed{keys[1], "cd"});
  CHECK(match().number == keys[3]);
  world.story.add(KeyRenamed{keys[1], "ci"});
  CHECK(match().ambiguous);
  world.story.add(KeyDeleted{keys[3]});
  CHECK(match().number == keys[1]);
  world.story.add(KeyDeleted{keys[1]});
  CHECK_FALSE(match().number);
  CHECK_FALSE(match().ambiguous);
}

TEST_CASE("every digest that a key had leads to it") {
  World world;
  const KeyNumber key = world.story.key("ci", world.ada, world.account);
  world.story.key("other", world.ada, world.account);
  for (int i = 0; i < 3; ++i) {
    world.story.add(KeyRotated{key, sha256_digest("token " + std::to_string(i)), std::nullopt});
  }
  const Catalog& catalog = world.catalog();
  CHECK(catalog.find_digest(sha256_digest(Story::token_of("ci"))) == key);
  for (int i = 0; i < 3; ++i) {
    CHECK(catalog.find_digest(sha256_digest("token " + std::to_string(i))) == key);
  }
  CHECK(catalog.key(key).masked == masked_identifier(sha256_digest("token 2")));
  CHECK_FALSE(catalog.find_digest(sha256_digest("token 3")));
  CHECK_FALSE(world.story.try_add(KeyRotated{key, sha256_digest("token 0"), std::nullopt}).ok());
}

TEST_CASE("a hundred thousand plain keys take less than 210 bytes each in the catalog") {
  constexpr std::size_t kKeys = 100'000;
  Catalog catalog;
  Record record{.position = Position{1}};
  record.events = {AccountOpened{AccountNumber{1}, "load"},
                   UserRegistered{UserNumber{1}, "load", StaffFlag::kStaff, ActiveFlag::kActive}};
  for (std::uint32_t i = 1; i <= kKeys; ++i) {
    record.events.emplace_back(KeyCreated{{.key = KeyNumber{i},
                                           .key_id = Story::key_id_of(KeyNumber{i}),
                                           .owner = UserNumber{1},
                                           .account = AccountNumber{1},
                                           .name = "key" + std::to_string(i),
                                           .digest = sha256_digest(std::to_string(i))}});
  }
  REQUIRE(catalog.apply(record).ok());
  CHECK(catalog.key_memory_bytes() < 210 * kKeys);
}

TEST_CASE("looking up says why there is nothing") {
  World world;
  world.story.client("bot", world.other);
  const auto code = [&](Kind kind, const std::string& text) {
    const auto found = look_up(world.catalog(), kind, text);
    REQUIRE_FALSE(found.ok());
    CHECK(found.error().subject == text);
    return found.error().code;
  };
  CHECK(code(Kind::kAccount, "1111-2222-333") == RefusalCode::kAccountNumberInvalid);
  CHECK(code(Kind::kAccount, "9999-2222-3333") == RefusalCode::kAccountUnknown);
  CHECK(code(Kind::kUser, "eve") == RefusalCode::kUserUnknown);
  CHECK(code(Kind::kClient, "cat") == RefusalCode::kClientUnknown);
  CHECK(code(Kind::kClient, "bot") == RefusalCode::kNameAmbiguous);
  CHECK(code(Kind::kKey, "ci") == RefusalCode::kKeyUnknown);
  CHECK(*look_up(world.catalog(), Kind::kAccount, "1111-2222-3333") == ref(world.account));
  CHECK(*look_up(world.catalog(), Kind::kUser, "ada") == ref(world.ada));
}

TEST_CASE("an entity's place among the rows of its kind") {
  const World world;
  CHECK(place_of(world.catalog(), ref(world.other)) == 1);
  CHECK(place_of(world.catalog(), ref(world.bob)) == 1);
  CHECK(place_of(world.catalog(), ref(world.bot)) == 0);
  for (const Kind kind : {Kind::kAccount, Kind::kUser, Kind::kClient, Kind::kKey}) {
    CHECK(entity_kind_of(row_kind_of(kind)) == kind);
  }
  CHECK(row_kind_of(Kind::kKey) == RowKind::kKeys);
}

}  // namespace
}  // namespace keyledger::projections
