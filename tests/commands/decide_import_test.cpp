#include <catch2/catch.hpp>
#include <string>

#include "tests/commands/scenario.h"

namespace keyledger::commands {
namespace {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every decision
using tests::Story;
using Events = std::vector<Event>;

constexpr const char* kAccount = "0000-0000-0000";

ImportedUser user(const std::string& name, StaffFlag staff = StaffFlag::kNotStaff,
                  ActiveFlag active = ActiveFlag::kActive) {
  return {.username = name, .staff = staff, .active = active};
}

ImportedKey key(const std::string& token, const std::string& owner = "ada") {
  static std::uint32_t drawn = 1'000;
  return {.username = owner,
          .base_name = "knox5_20251011",
          .digest = knox5_digest(token),
          .created = Timestamp{1'000},
          .expiry = std::nullopt,
          .active = ActiveFlag::kActive,
          .new_key_id = Story::key_id_of(KeyNumber{++drawn})};
}

std::vector<std::string> key_names(const Events& events) {
  std::vector<std::string> names;
  for (const Event& event : events) {
    if (const auto* imported = std::get_if<KeyImported>(&event)) names.push_back(imported->details.name);
  }
  return names;
}

TEST_CASE("an import opens its account, registers its users and keeps what the keys were") {
  const Scenario none;
  ImportedKey imported = key("token", "bob");
  imported.expiry = Timestamp{2'000};
  imported.active = ActiveFlag::kInactive;
  CHECK(none.events_of(ImportKeys{.account = kAccount,
                                  .users = {user("ada", StaffFlag::kStaff),
                                            user("bob", StaffFlag::kNotStaff, ActiveFlag::kInactive)},
                                  .keys = {imported}}) ==
        Events{AccountOpened{AccountNumber{0}, "imported"},
               UserRegistered{UserNumber{1}, "ada", StaffFlag::kStaff, ActiveFlag::kActive},
               UserJoinedAccount{UserNumber{1}, AccountNumber{0}},
               UserRegistered{UserNumber{2}, "bob", StaffFlag::kNotStaff, ActiveFlag::kInactive},
               UserJoinedAccount{UserNumber{2}, AccountNumber{0}},
               KeyImported{.details = {.key = KeyNumber{1},
                                       .key_id = imported.new_key_id,
                                       .owner = UserNumber{2},
                                       .account = AccountNumber{0},
                                       .name = "knox5_20251011",
                                       .digest = knox5_digest("token"),
                                       .created = Timestamp{1'000},
                                       .expiry = Timestamp{2'000}},
                           .active = ActiveFlag::kInactive}});
}

TEST_CASE("importing the same again adds nothing") {
  Scenario given;
  const ImportKeys import{.account = kAccount, .users = {user("ada")}, .keys = {key("a"), key("b")}};
  given.given(import);
  CHECK(given.events_of(import).empty());
}

TEST_CASE("importing more adds what is new") {
  Scenario given;
  given.given(ImportKeys{.account = kAccount, .users = {user("ada")}, .keys = {key("a")}});
  const Events events = given.events_of(ImportKeys{.account = kAccount,
                                                   .users = {user("ada"), user("bob")},
                                                   .keys = {key("a"), key("c"), key("d", "bob")}});
  CHECK(events.size() == 4);
  CHECK(key_names(events) == std::vector<std::string>{"knox5_20251011_2", "knox5_20251011"});
}

TEST_CASE("keys that were deleted here are known, and do not come back") {
  Scenario given;
  const ImportKeys import{.account = kAccount, .users = {user("ada")}, .keys = {key("a")}};
  given.given(import).given(DeleteKey{"knox5_20251011"});
  CHECK(given.events_of(import).empty());
}

TEST_CASE("names are made unique among the owner's keys") {
  Scenario given;
  given.given(ImportKeys{.account = kAccount, .users = {user("ada", StaffFlag::kStaff)}});
  given.given(CreateKey{.account = kAccount,
                        .username = "ada",
                        .name = "knox5_20251011_2",
                        .new_key_id = Story::key_id_of(KeyNumber{1}),
                        .digest = sha256_digest("native")});
  ImportedKey suffixed = key("d");
  suffixed.base_name = "knox5_20251011_3";
  CHECK(
      key_names(given.events_of(ImportKeys{.account = kAccount,
                                           .users = {user("ada", StaffFlag::kStaff)},
                                           .keys = {suffixed, key("a"), key("b"), key("c")}})) ==
      std::vector<std::string>{"knox5_20251011_3", "knox5_20251011", "knox5_20251011_4", "knox5_20251011_5"});
}

TEST_CASE("a digest that comes twice in one import is imported once") {
  const Scenario none;
  ImportedKey alike = key("a");  // to the catalog, which tells digests apart by their beginnings
  alike.digest.bytes.back() ^= 1;
  CHECK(key_names(
            none.events_of(ImportKeys{
                .account = kAccount, .users = {user("ada")}, .keys = {key("a"), key("a"), alike, key("b")}}))
            .size() == 2);
}

TEST_CASE("a username that means somebody else here is refused") {
  Scenario given;
  given.given(OpenAccount{"1111-1111-1111", "Acme"})
      .given(OpenAccount{kAccount, "Default"})
      .given(RegisterUser{"1111-1111-1111", "ada", StaffFlag::kNotStaff})
      .given(RegisterUser{kAccount, "bob", StaffFlag::kNotStaff});
  const auto refusal = [&](const ImportedUser& imported) {
    return given.refusal_of(ImportKeys{.account = kAccount, .users = {imported}});
  };
  CHECK(refusal(user("ada")) == Refusal{RefusalCode::kImportUserElsewhere, "ada"});
  CHECK(refusal(user("bob", StaffFlag::kStaff)) == Refusal{RefusalCode::kImportUserElsewhere, "bob"});
  CHECK(refusal(user("bob", StaffFlag::kNotStaff, ActiveFlag::kInactive)) ==
        Refusal{RefusalCode::kImportUserElsewhere, "bob"});
  CHECK(given.events_of(ImportKeys{.account = kAccount, .users = {user("bob")}}).empty());
}

TEST_CASE("an import that does not fit together is refused whole") {
  const Scenario none;
  const auto refusal = [&](std::vector<ImportedUser> users, std::vector<ImportedKey> keys) {
    return none.refusal_of(
        ImportKeys{.account = kAccount, .users = std::move(users), .keys = std::move(keys)});
  };
  CHECK(refusal({user("ada"), user("ada")}, {}) == Refusal{RefusalCode::kUserExists, "ada"});
  CHECK(refusal({user("")}, {}).code == RefusalCode::kNameInvalid);
  CHECK(refusal({user(std::string(kUsernameCharactersMax + 1, 'u'))}, {}).code == RefusalCode::kNameInvalid);
  CHECK(refusal({user("a\nb")}, {}).code == RefusalCode::kNameInvalid);
  CHECK(refusal({user("ada")}, {key("a"), key("b", "eve")}) == Refusal{RefusalCode::kUserUnknown, "eve"});
  ImportedKey unnamed = key("a");
  unnamed.base_name = "a/b";
  CHECK(refusal({user("ada")}, {unnamed}).code == RefusalCode::kNameInvalid);
  CHECK(none.refusal_of(ImportKeys{.account = "0"}).code == RefusalCode::kAccountNumberInvalid);
}

TEST_CASE("a key may be imported for a user whom the ledger knows") {
  Scenario given;
  given.given(ImportKeys{.account = kAccount, .users = {user("ada")}});
  CHECK(given.events_of(ImportKeys{.account = kAccount, .keys = {key("a")}}).size() == 1);
}

TEST_CASE("the import's own account is opened as soon as something goes there, and not before") {
  const Scenario none;
  CHECK(none.events_of(ImportKeys{.account = kAccount}).empty());
  CHECK(none.events_of(ImportKeys{.account = kAccount, .users = {user("ada")}}).size() == 3);
  Scenario given;
  given.given(ImportKeys{.account = kAccount, .users = {user("ada")}, .keys = {key("a")}});
  CHECK(given.events_of(ImportKeys{.account = "1111-2222-3333", .keys = {key("a")}}).empty());
}

TEST_CASE("an import of more than a million objects is refused") {
  const Scenario none;
  CHECK(none.refusal_of(
                ImportKeys{.account = kAccount, .users = std::vector<ImportedUser>(kImportObjectsMax + 1)})
            .code == RefusalCode::kImportTooLarge);
}

TEST_CASE("a bucket or a salt is for salted digests only") {
  const Scenario none;
  const auto refusal = [&](const ImportedKey& imported) {
    return none.refusal_of(ImportKeys{.account = kAccount, .users = {user("ada")}, .keys = {imported}}).code;
  };
  ImportedKey with_bucket = key("a");
  with_bucket.digest.bucket = 7;
  CHECK(refusal(with_bucket) == RefusalCode::kImportDigestInvalid);
  ImportedKey with_salt = key("a");
  with_salt.digest.salt[0] = 1;
  CHECK(refusal(with_salt) == RefusalCode::kImportDigestInvalid);
}

TEST_CASE("a key's times are such as can be written") {
  const Scenario none;
  const auto refusal = [&](Timestamp created, std::optional<Timestamp> expiry) {
    ImportedKey imported = key("a");
    imported.created = created;
    imported.expiry = expiry;
    return none.refusal_of(ImportKeys{.account = kAccount, .users = {user("ada")}, .keys = {imported}}).code;
  };
  CHECK(refusal(later_by(kLatest, 1), std::nullopt) == RefusalCode::kTimeInvalid);
  CHECK(refusal(later_by(kEarliest, -1), std::nullopt) == RefusalCode::kTimeInvalid);
  CHECK(refusal(kEarliest, later_by(kLatest, 1)) == RefusalCode::kTimeInvalid);
}

}  // namespace
}  // namespace keyledger::commands
