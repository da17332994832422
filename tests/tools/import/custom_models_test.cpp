// Models of a project in the place of Django's users and Knox's tokens.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tools/import/smarter_examples.h"
#include "tools/import/recognition.h"

namespace keyledger::tools::import {
namespace {

using namespace smarter_examples;
using ledger::ActiveFlag;
using ledger::DigestScheme;
using ledger::StaffFlag;

constexpr std::string_view kFlags = R"("is_staff": true, "is_active": true)";
constexpr std::string_view kBase = R"("password": "!x", "last_login": null)";

std::string object(std::string_view model, std::string_view pk, std::string_view fields) {
  return fmt::format(R"({{"model": "{}", "pk": {}, "fields": {{{}}}}})", model, pk, fields);
}

std::string member(std::string_view pk, std::string_view name) {
  return object("accounts.user", pk, fmt::format(R"("username": "{}", {})", name, kFlags));
}

std::string knox_fields(std::string_view user) {
  return fmt::format(
      R"("token_key": "5ec4e7c0ffee123", "user": {}, "created": "2025-10-11T04:22:38.767Z", "expiry": null)",
      user);
}

// Returns a token of a model like Knox's, with more fields.
std::string app_token(char digit, std::string_view user, std::string_view more = "") {
  return object("core.apptoken", fmt::format("\"{}\"", digest_text(digit)),
                fmt::format("{}{}{}", knox_fields(user), more.empty() ? "" : ", ", more));
}

DumpChoices choosing(const std::function<void(DumpChoices&)>& set) {
  DumpChoices choices;
  set(choices);
  return choices;
}

commands::ImportedKey only_key(const std::string& text, const DumpChoices& choices = {}) {
  const auto dump = read_dump(text, choices);
  INFO((dump.ok() ? std::string() : dump.error().detail));
  REQUIRE(dump.ok());
  REQUIRE(dump->command.keys.size() == 1);
  return dump->command.keys.front();
}

std::vector<std::string> usernames(const std::string& text, const DumpChoices& choices = {}) {
  const auto dump = read_dump(text, choices);
  INFO((dump.ok() ? std::string() : dump.error().detail));
  REQUIRE(dump.ok());
  std::vector<std::string> names;
  for (const auto& user : dump->command.users) names.push_back(user.username);
  return names;
}

using Names = std::vector<std::string>;

// ---- Users ----

TEST_CASE("A3: a project's own user model is recognised by its fields") {
  CHECK(only_key(dump_of({member("1", "ann"), knox_token('a', "1")})).username == "ann");
  const std::string uuid = R"("7b1c2f9e-52a3-4c0a-9f1b-4a4c5d6e7f80")";
  CHECK(only_key(dump_of({knox_token('a', uuid), member(uuid, "ann")})).username == "ann");
  CHECK(only_key(dump_of({member("\"x-1\"", "ann"), knox_token('a', "\"x-1\"")})).username == "ann");
  CHECK(only_key(dump_of({member("1", "ann"), knox_token('a', R"(["ann"])")})).username == "ann");
}

TEST_CASE("A3: without a username, the e-mail address is the username") {
  const std::string user =
      object("accounts.user", "1", fmt::format(R"("email": "ann@example.com", {})", kFlags));
  CHECK(usernames(dump_of({user})) == Names{"ann@example.com"});
  CHECK(only_key(dump_of({user, knox_token('a', R"(["ann@example.com"])")})).username == "ann@example.com");
  const std::string both = object(
      "accounts.user", "1", fmt::format(R"("username": "ann", "email": "ann@example.com", {})", kFlags));
  CHECK(usernames(dump_of({both})) == Names{"ann"});
  const auto by_email = choosing([](auto& choices) { choices.username_field = "email"; });
  CHECK(usernames(dump_of({both}), by_email) == Names{"ann@example.com"});
}

TEST_CASE("A3: another field is the username if the operator says so") {
  const std::string user =
      object("accounts.user", "1", fmt::format(R"("phone": "+49 30 1", {}, "is_active": true)", kBase));
  CHECK(
      refusal_of(dump_of({user, knox_token('a', "1")})) ==
      "dump.json: object 1 (accounts.user, line 2): field \"username\": is missing: name the field by which "
      "people log in, with --username-field");
  const auto by_phone = choosing([](auto& choices) { choices.username_field = "phone"; });
  CHECK(only_key(dump_of({user, knox_token('a', "1")}), by_phone).username == "+49 30 1");
  CHECK(only_key(dump_of({user, knox_token('a', R"(["+49 30 1"])")}), by_phone).username == "+49 30 1");
  const auto by_name = choosing([](auto& choices) { choices.username_field = "nickname"; });
  CHECK(refusal_of(dump_of({user}), by_name).find("field \"nickname\": is missing") != std::string::npos);
}

TEST_CASE("A3: users without flags are active and not staff, and the report says so") {
  const auto dump = read_whole(
      dump_of({object("accounts.user", "1", fmt::format(R"("email": "a@b", {})", kBase)),
               object("accounts.user", "2", fmt::format(R"("email": "c@d", "is_admin": true, {})", kBase))}));
  REQUIRE(dump.command.users.size() == 2);
  for (const auto& user : dump.command.users) {
    CHECK(user.staff == StaffFlag::kNotStaff);
    CHECK(user.active == ActiveFlag::kActive);
  }
  CHECK(reports(dump) == Reports{"object 1 is_active: is missing: these users are active",
                                 "object 1 is_staff: is missing: these users are not staff; they keep their "
                                 "keys and can be given no new ones"});
  const auto found = std::ranges::find(dump.unmapped, "is_staff", &Unmapped::field);
  REQUIRE(found != dump.unmapped.end());
  CHECK(found->objects == 2);
}

TEST_CASE("A3: of two models that look like users, the operator names one") {
  const std::string both = dump_of({good_user("1", "ada"), member("1", "ann"), knox_token('a', "1")});
  CHECK(
      refusal_of(both) ==
      "dump.json: auth.user (1 object) and accounts.user (1 object) both look like the users of the project: "
      "name the model of the project's users, such as --user-model auth.user");
  const auto name_of_owner = [&](const char* model) {
    return only_key(both, choosing([&](auto& choices) { choices.user_model = model; })).username;
  };
  CHECK(name_of_owner("auth.user") == "ada");
  CHECK(name_of_owner("accounts.user") == "ann");
  const auto dump = read_dump(both, choosing([](auto& choices) { choices.user_model = "auth.user"; }));
  REQUIRE(dump.ok());
  CHECK(dump->ignored.at("accounts.user") == 1);
  const auto absent = choosing([](auto& choices) { choices.user_model = "core.person"; });
  CHECK(refusal_of(both, absent).find("this file has no core.person with the primary key \"1\"") !=
        std::string::npos);
}

TEST_CASE("A3: a proxy of the user model is the same users") {
  const std::string proxy = object("core.member", "1", fmt::format(R"("username": "ada", {})", kFlags));
  CHECK(only_key(dump_of({good_user("1", "ada"), proxy, knox_token('a', "1")})).username == "ada");
  CHECK(usernames(dump_of({good_user("1", "ada"), proxy})) == Names{"ada"});
}

TEST_CASE("A3: a model with too few fields is no user model beside one, and is asked for alone") {
  const std::string reader = object("news.reader", "1", R"("email": "r@example.com", "is_active": true)");
  CHECK(usernames(dump_of({reader, good_user("1", "ada")})) == Names{"ada"});
  CHECK(
      refusal_of(dump_of({reader, knox_token('a', "1")})) ==
      "dump.json: news.reader (1 object) may be the users of the project, but this is not certain: name the "
      "model of the project's users, such as --user-model news.reader");
  const auto named = choosing([](auto& choices) { choices.user_model = "news.reader"; });
  CHECK(only_key(dump_of({reader, knox_token('a', "1")}), named).username == "r@example.com");
}

TEST_CASE("A3: a dump with natural keys has users without a primary key") {
  const std::string user =
      fmt::format(R"({{"model": "accounts.user", "fields": {{"email": "ann@example.com", {}}}}})", kFlags);
  CHECK(only_key(dump_of({user, knox_token('a', R"(["ann@example.com"])")})).username == "ann@example.com");
  CHECK(refusal_of(dump_of({user, knox_token('a', "1")})) ==
        "dump.json: object 2 (knox.authtoken, line 3): field \"user\": is a primary key, but the objects of "
        "accounts.user have none: dump without --natural-primary, or with --natural-foreign, too");
}

TEST_CASE("A3: Smarter's profiles and keys belong to users of any model") {
  const auto dump = read_whole(dump_of({member("1", "ann"), account("1", kFirst), profile("1", "1", "1"),
                                        knox_token('a', "1"), smarter_token('a', "1")}));
  CHECK(key_ending(dump, 'a').username == "ann");
  CHECK(key_ending(dump, 'a').account == kFirst);
}

// ---- Tokens ----

TEST_CASE("A3: a project's own token model is recognised by Knox's fields") {
  const auto key = only_key(dump_of({good_user(), app_token('a', "1")}));
  CHECK(key.username == "ada");
  CHECK(key.digest.scheme == DigestScheme::kKnox5);
  const std::string with_digest =
      object("core.apptoken", "17", fmt::format(R"("digest": "{}", {})", digest_text('b'), knox_fields("1")));
  CHECK(ledger::to_hex(only_key(dump_of({good_user(), with_digest})).digest.view()) == digest_text('b'));
  const auto long_key = token_object(digest_text(), fmt::format(R"("token_key": "{}", "user": 1,
        "created": "2025-10-11T04:22:38Z", "expiry": null)",
                                                                std::string(25, 'k')));
  CHECK(only_key(dump_of({good_user(), long_key})).digest.scheme == DigestScheme::kKnox5);
}

TEST_CASE("A3: the name, the last use and the withdrawal of a project's own tokens are taken over") {
  const auto dump = read_whole(
      dump_of({good_user(), app_token('a', "1", R"("name": "deploy", "description": "d", "color": "red",
                                           "last_used_at": "2026-01-01T00:00:00Z", "is_active": true)"),
               app_token('b', "1", R"("is_active": false)"), app_token('c', "1", R"("revoked": true)"),
               app_token('d', "1", R"("revoked_at": "2026-01-01T00:00:00Z")"),
               app_token('e', "1", R"("revoked": false, "revoked_at": null, "enabled": true)")}));
  const auto& key = key_ending(dump, 'a');
  CHECK(key.base_name == "deploy");
  CHECK(key.description == "d");
  CHECK(key.last_used == ledger::parse_rfc3339("2026-01-01T00:00:00Z"));
  for (const char digit : {'a', 'e'}) CHECK(key_ending(dump, digit).active == ActiveFlag::kActive);
  for (const char digit : {'b', 'c', 'd'}) CHECK(key_ending(dump, digit).active == ActiveFlag::kInactive);
  CHECK(reports(dump) == Reports{"object 4 revoked: withdraws the token: the key is inactive",
                                 "object 5 revoked_at: withdraws the token: the key is inactive"});
  const auto color = std::ranges::find(dump.unmapped, "color", &Unmapped::field);
  REQUIRE(color != dump.unmapped.end());
  CHECK(color->model == "core.apptoken");
}

TEST_CASE("A3: of two models that look like tokens, the operator names those that count") {
  const std::string both = dump_of({good_user(), knox_token('a', "1"), app_token('b', "1")});
  CHECK(
      refusal_of(both) ==
      "dump.json: knox.authtoken and core.apptoken both look like the tokens of the project: name the models "
      "whose tokens the project accepts, such as --token-model knox.authtoken; the option can be repeated");
  const auto digits = [&](const std::vector<std::string>& models) {
    std::string all;
    const auto dump = read_dump(both, choosing([&](auto& choices) { choices.token_models = models; }));
    REQUIRE(dump.ok());
    for (const auto& key : dump->command.keys) all += ledger::to_hex(key.digest.view()).back();
    return all;
  };
  CHECK(digits({"knox.authtoken"}) == "a");
  CHECK(digits({"core.apptoken"}) == "b");
  CHECK(digits({"core.apptoken", "knox.authtoken"}) == "ab");
  // A proxy of the token model has the same tokens.
  CHECK(only_key(dump_of({good_user(), knox_token('a', "1"), app_token('a', "1")})).username == "ada");
}

TEST_CASE("A3: tokens of Django REST framework are hashed on the way in") {
  const std::string clear = "9944b09199c62bcf9418ad846dd0e4bbdfc6ee4b";
  const std::string token =
      object("authtoken.token", '"' + clear + '"', R"("user": 1, "created": "2025-10-11T04:22:38.767Z")");
  const auto dump = read_whole(dump_of({good_user(), token}));
  REQUIRE(dump.command.keys.size() == 1);
  const auto& key = dump.command.keys.front();
  CHECK(key.digest == ledger::sha256_digest(clear));
  CHECK(key.base_name == "token_20251011");
  CHECK_FALSE(key.expiry);
  for (const Unmapped& row : dump.unmapped) CHECK(text_of(row).find(clear) == std::string::npos);
  const std::string beside = refusal_of(dump_of({good_user(), knox_token('a', "1"), token}));
  CHECK(beside.find("--token-model") != std::string::npos);
  CHECK(beside.find(clear) == std::string::npos);
  // A subclass is named by the operator; a digest in its place is no token.
  const auto own = choosing([](auto& choices) { choices.token_models = {"core.token"}; });
  const auto of_own_model = [](std::string_view pk) {
    return object("core.token", fmt::format("\"{}\"", pk), R"("user": 1, "created": "2025-10-11T04:22:38Z")");
  };
  CHECK(only_key(dump_of({good_user(), of_own_model(clear)}), own).digest == ledger::sha256_digest(clear));
  CHECK(refusal_of(dump_of({good_user(), of_own_model(std::string(64, 'a'))}), own)
            .find("may be a digest instead of a token") != std::string::npos);
}

TEST_CASE("A3: what looks like a key and is not understood ends the import with advice") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {object("core.apptoken", fmt::format("\"{}\"", digest_text()),
              R"("owner": 1, "created": "2025-10-11T04:22:38Z", "expiry": null)"),
       "has a digest as its primary key"},
      {object("core.apptoken", "1", R"("token_key": "5ec4e7c0ffee123", "owner": 1)"),
       "has a field \"token_key\""},
      {object("core.apptoken", "1", fmt::format(R"("digest": "{}", "user": 1)", std::string(64, 'd'))),
       "has a field \"digest\""},
      {object("core.key", fmt::format("\"{}\"", std::string(40, 'e')), R"("user": 1)"),
       "has a primary key of 40 hexadecimal digits"},
      {object("oauth2_provider.accesstoken", "1",
              R"("token": "Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MA", "user": 1, "expires": "2026-01-01T00:00:00Z")"),
       "has a field \"token\""},
      {object(
           "rest_framework_api_key.apikey", "\"abcdefgh.x\"",
           R"("prefix": "abcdefgh", "hashed_key": "sha512$$0123456789abcdef0123456789", "revoked": false)"),
       "has a field \"hashed_key\""},
      {object("billing.plan", "1", R"("api_key": "sk_live_0123456789abcdef", "account": 3)"),
       "has a field \"api_key\""},
  };
  for (const auto& [key, mark] : cases) {
    CAPTURE(key);
    const std::string text = dump_of({good_user(), knox_token('f', "1"), key});
    const std::string said = refusal_of(text);
    CHECK(said.starts_with("dump.json: object 3 ("));
    CHECK(said.find(mark + " and looks like a key, but is not understood") != std::string::npos);
    const std::string model = key.substr(11, key.find('"', 11) - 11);
    CHECK(said.ends_with("leave this model out with --ignore-model " + model));
    for (const char* secret : {"Zm9v", "sk_live", "0123456789"})
      CHECK(said.find(secret) == std::string::npos);
    const auto without = choosing([&](auto& choices) { choices.ignored_models = {model}; });
    CHECK(only_key(text, without).username == "ada");
  }
}

TEST_CASE("A3: a key is noticed in a later object of a model that began without one") {
  const std::string without = object("billing.plan", "1", R"("api_key": null, "account": 3)");
  const std::string with =
      object("billing.plan", "2", R"("api_key": "sk_live_0123456789abcdef", "account": 3)");
  CHECK(refusal_of(dump_of({good_user(), without, with}))
            .starts_with("dump.json: object 3 (billing.plan, line 4): has a field \"api_key\""));
}

TEST_CASE("A3: what is no key passes, whatever digests it has") {
  const auto dump = read_dump(dump_of({
      good_user(),
      knox_token('a', "1"),
      object("sessions.session", "\"p2x8qv0w5n1c3m7k9j4h6g8f0d2s4a6z\"",
             R"("session_data": "eyJhIjoxfQ:1abcde:0123456789", "expire_date": "2026-01-01T00:00:00Z")"),
      object("media.file", "1", fmt::format(R"("sha256": "{}", "user": 1)", std::string(64, 'a'))),
      object("git.commit", fmt::format("\"{}\"", std::string(40, 'b')), R"("message": "m", "author": 1)"),
      object("fcm.device", "1", R"("device_token": "0123456789abcdefghijklmn", "user": 1)"),
      object("shop.order", "1", R"("token": "short", "user": 1)"),
      object("core.note", "1", R"("secret": "a long text with blanks in it", "user": 1)"),
      object("admin.logentry", "1", R"("user": 1, "object_repr": "x", "change_message": "[]")"),
  }));
  INFO((dump.ok() ? std::string() : dump.error().detail));
  REQUIRE(dump.ok());
  CHECK(dump->ignored.size() == 7);
}

// ---- What is left out ----

TEST_CASE("A6: every field of a recognised model is taken over, or counted and named") {
  const auto dump = read_whole(dump_of(
      {user_object("1", R"("username": "ada", "is_staff": true, "is_active": true, "is_superuser": true,
                           "email": "ada@example.com", "first_name": "", "last_name": null, "groups": [],
                           "password": "!x", "seats": 0, "notes": {"a": 1})"),
       user_object("2", R"("username": "bob", "is_staff": true, "is_active": true, "is_superuser": false,
                           "email": "bob@example.com", "groups": [3], "password": "!y")"),
       knox_token('a', "1")}));
  std::vector<std::string> rows;
  for (const Unmapped& row : dump.unmapped) {
    rows.push_back(fmt::format("{} {} {}: {}", row.object, row.field, row.objects, row.reason));
  }
  const std::string no_place = "not taken over: the ledger has no place for this field";
  CHECK(rows == Reports{"1 email 2: " + no_place,
                        "1 is_superuser 1: not taken over: the ledger has no superusers",
                        "1 notes 1: " + no_place, "1 password 2: not taken over: the ledger has no passwords",
                        "1 seats 1: " + no_place, "2 groups 1: " + no_place});
  CHECK(text_of(dump.unmapped.front()) ==
        "dump.json: object 1 (auth.user, line 2) and 1 more: field \"email\": " + no_place);
}

TEST_CASE("A6: an object without a primary key of a model that is left out is no fault") {
  const auto dump =
      read_dump(dump_of({good_user(), knox_token('a', "1"), R"({"model": "a.b", "fields": {}})"}));
  REQUIRE(dump.ok());
  CHECK(dump->ignored.at("a.b") == 1);
}

}  // namespace
}  // namespace keyledger::tools::import
