#include "projections/catalog.h"

#include <catch2/catch.hpp>

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

TEST_CASE("the catalog knows what was said of each entity") {
  World world;
  world.story.pass(7);
  const KeyNumber key = world.story.key("ci", world.ada, world.account);
  world.story.add(KeyAssigned{key, world.bot});
  const Catalog& catalog = world.catalog();
  CHECK(catalog.find_account(world.account)->opened == tests::kStoryBegins);
  CHECK(catalog.find_account(world.account)->members == std::vector{world.ada});
  CHECK(catalog.find_account(world.account)->clients == std::vector{world.bot});
  CHECK(catalog.find_account(world.account)->keys == std::vector{key});
  CHECK(catalog.find_account(AccountNumber{5}) == nullptr);
  CHECK(catalog.user(world.ada).staff == StaffFlag::kStaff);
  CHECK(catalog.user(world.bob).staff == StaffFlag::kNotStaff);
  CHECK(catalog.user(world.ada).keys == std::vector{key});
  CHECK(catalog.is_member(world.ada, world.account));
  CHECK_FALSE(catalog.is_member(world.ada, world.other));
  CHECK(catalog.client(world.bot).requires_key);
  CHECK(catalog.client(world.bot).keys == std::vector{key});
  CHECK(catalog.key(key).clients == std::vector{world.bot});
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
