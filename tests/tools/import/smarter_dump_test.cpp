// The import of a complete Smarter, and how its objects are joined.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "commands/platform_id.h"
#include "tests/tools/import/smarter_examples.h"

namespace keyledger::tools::import {
namespace {

using namespace smarter_examples;
using commands::AccessRule;
using commands::ClosedFlag;
using commands::ImportedAccount;
using commands::ImportedClient;
using ledger::ActiveFlag;
using Texts = std::vector<std::string>;

ledger::Timestamp time_of(std::string_view text) { return *ledger::parse_rfc3339(text); }

TEST_CASE("accounts are those of the dump, named after the company, and closed if they are not active") {
  const auto dump = read_whole(dump_of({account("1", kFirst), account("2", kSecond, R"("is_active": false)"),
                                        account("3", "3333-3333-3333", R"("is_active": "absent")"),
                                        account("4", "4444-4444-4444", R"("company_name": "")"),
                                        account("5", "5555-5555-5555", R"("company_name": null)")}));
  CHECK(dump.command.accounts ==
        std::vector<ImportedAccount>{{.number = kFirst, .name = "Company 1"},
                                     {.number = kSecond, .name = "Company 2", .closed = ClosedFlag::kClosed},
                                     {.number = "3333-3333-3333", .name = "Company 3"},
                                     {.number = "4444-4444-4444", .name = "account"},
                                     {.number = "5555-5555-5555", .name = "account"}});
  CHECK(reports(dump).empty());
}

TEST_CASE("a user is in the accounts of all of his profiles, and without one in that of the import") {
  const auto dump =
      read_whole(dump_with({good_user("3", "eve"), good_user("4", "own"), profile("3", "2", "1"),
                            account("9", kAccount), profile("4", "4", "9")}));
  CHECK(user_named(dump, "ada").accounts == Texts{kFirst});
  CHECK(user_named(dump, "bob").accounts == Texts{kSecond, kFirst});
  CHECK(user_named(dump, "eve").accounts.empty());
  CHECK(user_named(dump, "own").accounts.empty());  // member of the import's own account only
  CHECK(reports(dump).empty());
}

TEST_CASE("a user in two dumps is in the accounts of both") {
  const auto dump = read_whole(
      {{"a.json", dump_of({good_user("7", "ada")})},
       {"b.json", dump_with({})},
       {"c.json", dump_of({good_user("1", "ada"), account("1", "3333-3333-3333"), profile("1", "1", "1")})}});
  CHECK(user_named(dump, "ada").accounts == Texts{kAccount, kFirst, "3333-3333-3333"});
  CHECK(dump.command.accounts.size() == 4);
  CHECK(dump.command.accounts.back() == ImportedAccount{.number = kAccount, .name = "imported"});
}

TEST_CASE("a Smarter key is its Knox row and its own in one") {
  const auto dump = read_whole(
      dump_with({smarter_token('a', "1", R"("is_active": false, "last_used_at": "2026-11-18T06:07:40.954Z",
                                 "tags": ["prod", "b"], "annotations": [{"smarter.sh/env": "prod"}])"),
                 knox_token('a', "1")}));
  REQUIRE(dump.command.keys.size() == 1);
  const auto& key = dump.command.keys.front();
  CHECK(key.username == "ada");
  CHECK(key.account == kFirst);
  CHECK(key.base_name == "key_a");
  CHECK(key.description == "what for");
  CHECK(key.tags == Texts{"prod", "b"});
  CHECK(key.annotations == std::vector<ledger::Annotation>{{.name = "smarter.sh/env", .value = "prod"}});
  CHECK(key.active == ActiveFlag::kInactive);
  CHECK(key.last_used == time_of("2026-11-18T06:07:40.954Z"));
  CHECK(key.created == time_of("2025-10-11T04:22:38.767Z"));
  CHECK_FALSE(key.expiry);
  CHECK(key.digest.scheme == ledger::DigestScheme::kKnox5);
  CHECK(ledger::to_string(key.own_id.uuid) == id_text('a'));
  CHECK(key.clients.empty());
  CHECK(reports(dump).empty());
  CHECK(dump.ignored.empty());
}

TEST_CASE("what older versions of Smarter lack is not missed") {
  const auto dump = read_whole(
      dump_with({knox_token('a', "1"),
                 smarter_token('a', "1", R"("version": "absent", "annotations": null, "tags": "absent",
                                                     "description": null, "last_used_at": "absent")")}));
  const auto& key = key_ending(dump, 'a');
  CHECK(key.description.empty());
  CHECK(key.tags.empty());
  CHECK(key.annotations.empty());
  CHECK_FALSE(key.last_used);
  CHECK(reports(dump).empty());
}

TEST_CASE("a key without a profile is of its user's account") {
  const std::string without = R"("user_profile": "absent")";
  const auto dump =
      read_whole(dump_with({good_user("3", "eve"), profile("3", "2", "1"), knox_token('a', "1"),
                            knox_token('b', "2"), knox_token('c', "3"), smarter_token('a', "0", without),
                            smarter_token('b', "0", without), smarter_token('c', "0", without)}));
  CHECK(key_ending(dump, 'a').account == kFirst);
  CHECK(key_ending(dump, 'b').account == kSecond);
  CHECK(key_ending(dump, 'c').account.empty());
  CHECK(reports(dump) == Reports{"object 13 user_profile: is missing, and \"bob\" is in 2 accounts: the key "
                                 "belongs to 2222-2222-2222"});
}

TEST_CASE("a client is public until a key was assigned to it") {
  const auto dump =
      read_whole(dump_with({knox_token('a', "1"), smarter_token('a', "1"), client("1", "1", "bot"),
                            client("2", "1", "open"), client("3", "2", "bot"), assignment("1", "1", 'a')}));
  CHECK(dump.command.clients ==
        std::vector<ImportedClient>{{.account = kFirst,
                                     .name = "bot",
                                     .rule = AccessRule::kRequiresKey,
                                     .own_id = commands::platform_client_id(kFirst, "1"),
                                     .new_client_id = {}},
                                    {.account = kFirst,
                                     .name = "open",
                                     .own_id = commands::platform_client_id(kFirst, "2"),
                                     .new_client_id = {}},
                                    {.account = kSecond,
                                     .name = "bot",
                                     .own_id = commands::platform_client_id(kSecond, "3"),
                                     .new_client_id = {}}});
  CHECK(key_ending(dump, 'a').clients == Texts{"bot"});
  CHECK(reports(dump).empty());
}

TEST_CASE("the same assignment in several rows counts once, and keys keep the order of the rows") {
  const auto dump = read_whole(dump_with(
      {assignment("1", "2", 'a'), assignment("2", "1", 'a'), assignment("3", "2", 'a'),
       client("1", "1", "one"), client("2", "1", "two"), smarter_token('a', "1"), knox_token('a', "1")}));
  CHECK(key_ending(dump, 'a').clients == Texts{"two", "one"});
  CHECK(reports(dump).empty());
}

TEST_CASE("an assignment across accounts is reported, and closes the client") {
  const auto dump = read_whole(dump_with(
      {knox_token('a', "1"), smarter_token('a', "1"), client("1", "2", "bot"), assignment("1", "1", 'a')}));
  CHECK(key_ending(dump, 'a').clients.empty());
  REQUIRE(dump.command.clients.size() == 1);
  CHECK(dump.command.clients.front().rule == AccessRule::kRequiresKey);
  CHECK(reports(dump) ==
        Reports{"object 10 llm_client: the client \"bot\" belongs to 2222-2222-2222, but the key \"key_a\" "
                "to 1111-1111-1111: not assigned; the client requires a key"});
  CHECK(dump.unmapped.back() == Unmapped{.file = "dump.json",
                                         .object = 10,
                                         .line = 11,
                                         .model = "llm_client.llmclientapikey",
                                         .field = "llm_client",
                                         .reason = dump.unmapped.back().reason});
}

TEST_CASE("the models and the field of older versions are read as well") {
  const std::string bot = R"({"model": "chatbot.chatbot", "pk": 1, "fields": {"name": "bot", "account": 1}})";
  const std::string owned =
      R"({"model": "chatbot.chatbot", "pk": 2, "fields": {"name": "owned", "user_profile": 1}})";
  const std::string named =
      R"({"model": "chatbot.chatbot", "pk": 3, "fields": {"name": "named", "account": ["2222-2222-2222"]}})";
  const auto assigned = [](int pk, int chatbot) {
    return fmt::format(R"({{"model": "chatbot.chatbotapikey", "pk": {},
                            "fields": {{"chatbot": {}, "api_key": "{}"}}}})",
                       pk, chatbot, digest_text('a'));
  };
  const auto dump = read_whole(dump_with(
      {knox_token('a', "1"), smarter_token('a', "1"), bot, owned, named, assigned(1, 1), assigned(2, 2)}));
  CHECK(key_ending(dump, 'a').clients == Texts{"bot", "owned"});
  REQUIRE(dump.command.clients.size() == 3);
  CHECK(dump.command.clients[0].account == kFirst);
  CHECK(dump.command.clients[2].account == kSecond);
  CHECK(dump.command.clients[2].rule == AccessRule::kPublic);
  CHECK(dump.ignored.empty());
}

TEST_CASE("clients of one name in one account are all named after their primary keys") {
  const std::string longest(255, 'n');
  const auto dump = read_whole(dump_with(
      {profile("3", "2", "1"), knox_token('a', "1"), smarter_token('a', "1"), client("3", "1", "bot"),
       client("7", "3", "bot"), client("8", "1", "bot_7"), client("\"u/u\"", "1", longest),
       client("9", "1", longest), client("10", "2", "bot"), assignment("1", "7", 'a')}));
  Texts names;
  for (const auto& each : dump.command.clients) names.push_back(each.name);
  CHECK(names == Texts{"bot_3", "bot_7_", "bot_7", std::string(245, 'n') + "_object_13",
                       std::string(253, 'n') + "_9", "bot"});
  CHECK(key_ending(dump, 'a').clients == Texts{"bot_7_"});
  REQUIRE(reports(dump).size() == 4);
  CHECK(reports(dump)[1] ==
        "object 11 name: 2 clients of 1111-1111-1111 are named \"bot\": this one gets the name \"bot_7_\"");
}

TEST_CASE("a key of somebody else's profile keeps its facts and is reported") {
  const auto dump = read_whole(dump_with({knox_token('a', "1"), smarter_token('a', "2")}));
  CHECK(key_ending(dump, 'a').username == "ada");
  CHECK(key_ending(dump, 'a').account == kSecond);
  CHECK(
      reports(dump) ==
      Reports{"object 8 user_profile: is that of \"bob\", but the key authenticates \"ada\", who owns it now",
              "object 8 user_profile: \"ada\" is not a member of 2222-2222-2222: the key is refused until "
              "the user becomes one"});
}

TEST_CASE("a Knox token of a Smarter that has no row of its own for it is taken over inactive") {
  const auto dump =
      read_whole(dump_with({knox_token('a', "1"), smarter_token('a', "1"), knox_token('b', "1")}));
  const auto& key = key_ending(dump, 'b');
  CHECK(key.active == ActiveFlag::kInactive);
  CHECK(key.account == kFirst);
  CHECK(key.base_name == "knox5_20251011");
  CHECK(
      reports(dump) ==
      Reports{
          "object 9 is_active: there is no drf.smarterauthtoken with this primary key: the key is inactive"});
}

TEST_CASE("a key whose owner has another one of its name is reported, because it gets a number") {
  const auto dump = read_whole(
      dump_with({knox_token('a', "1"), knox_token('b', "1"), knox_token('c', "2"),
                 smarter_token('a', "1", R"("name": "main")"), smarter_token('b', "1", R"("name": "main")"),
                 smarter_token('c', "2", R"("name": "main")")}));
  for (const char digit : {'a', 'b', 'c'}) CHECK(key_ending(dump, digit).base_name == "main");
  CHECK(reports(dump) == Reports{"object 11 name: another key of \"ada\" has the name \"main\": a number is "
                                 "added to the name of this key"});
}

TEST_CASE("natural keys name users and accounts") {
  const auto dump = read_whole(dump_of(
      {good_user("1", "ada"), account("1", kFirst), profile("1", R"(["ada"])", R"(["1111-1111-1111"])")}));
  CHECK(user_named(dump, "ada").accounts == Texts{kFirst});
}

TEST_CASE("the same file twice, and the same object twice, are there once and reported once in a file") {
  const std::string text = dump_with({knox_token('a', "1"), smarter_token('a', "1", R"("name": "")"),
                                      client("1", "1", "bot"), assignment("1", "1", 'a')});
  const std::string doubled =
      dump_with({knox_token('a', "1"), knox_token('a', "1"), smarter_token('a', "1", R"("name": "")"),
                 smarter_token('a', "1", R"("name": "")"), client("1", "1", "bot"), client("1", "1", "bot"),
                 assignment("1", "1", 'a'), account("1", kFirst), profile("1", "1", "1")});
  const auto once = read_whole(text);
  const auto twice = read_whole({{"a.json", text}, {"b.json", text}});
  const auto again = read_whole(doubled);
  CHECK(twice.command == once.command);
  CHECK(again.command == once.command);
  CHECK(reports(once).size() == 1);
  CHECK(reports(again).size() == 1);
}

TEST_CASE("a key that is required in one of two dumps is required") {
  const std::string open = dump_with({client("1", "1", "bot")});
  const std::string closed = dump_with(
      {knox_token('a', "1"), smarter_token('a', "1"), client("5", "1", "bot"), assignment("1", "5", 'a')});
  const auto dump = read_whole({{"a.json", open}, {"b.json", closed}});
  REQUIRE(dump.command.clients.size() == 1);
  CHECK(dump.command.clients.front().rule == AccessRule::kRequiresKey);
}

TEST_CASE("apps of other projects that are called as Smarter's are left out") {
  const auto dump = read_whole(
      dump_of({good_user(), good_token(), R"({"model": "account.account", "pk": 1, "fields": {"user": 1}})",
               R"({"model": "account.userprofile", "pk": 1, "fields": {"user": 1, "bio": "x"}})",
               R"({"model": "account.emailaddress", "pk": 1, "fields": {"user": 1}})",
               R"({"model": "chatbot.chatbot", "pk": 1, "fields": {"name": 5}})",
               R"({"model": "chatbot.chatbotapikey", "pk": 1, "fields": {"chatbot": 5}})"}));
  CHECK(dump.ignored == std::map<std::string, std::size_t>{{"account.account", 1},
                                                           {"account.userprofile", 1},
                                                           {"account.emailaddress", 1},
                                                           {"chatbot.chatbot", 1},
                                                           {"chatbot.chatbotapikey", 1}});
  CHECK(dump.command.accounts.empty());
  CHECK(dump.command.clients.empty());
  REQUIRE(dump.command.keys.size() == 1);
  CHECK(dump.command.keys.front().active == ActiveFlag::kActive);
  CHECK(dump.command.keys.front().account.empty());
}

TEST_CASE("a real dump of a Smarter comes over whole, and says what Smarter says of every key") {
  const auto text_in = [](const std::string& name) {
    std::ifstream in(std::string(KEYLEDGER_TEST_DATA) + "/" + name, std::ios::binary);
    REQUIRE(in.good());
    return std::string{std::istreambuf_iterator<char>(in), {}};
  };
  const auto dump = read_whole(text_in("smarter-dumpdata.json"));
  CHECK(reports(dump).empty());
  CHECK(dump.ignored.empty());
  CHECK(dump.command.accounts.size() == 3);
  CHECK(dump.command.users.size() == 9);
  CHECK(dump.command.clients.size() == 9);
  std::istringstream tokens(text_in("smarter-tokens.jsonl"));
  std::size_t count = 0;
  for (std::string line; std::getline(tokens, line); ++count) {
    const auto token = boost::json::parse(line).as_object();
    const auto text = [&token](const char* field) { return std::string(token.at(field).as_string()); };
    const auto digest = ledger::knox5_digest(text("token"));
    const auto key = std::ranges::find_if(dump.command.keys, [&digest](const auto& each) {
      return std::ranges::equal(each.digest.view(), digest.view());
    });
    REQUIRE(key != dump.command.keys.end());
    CHECK(key->base_name == text("key"));
    CHECK(ledger::to_string(key->own_id.uuid) == text("key_id"));
    CHECK(key->account == text("account"));
    CHECK(key->username == text("username"));
    CHECK((key->active == ActiveFlag::kActive) == token.at("is_active").as_bool());
    CHECK(user_named(dump, key->username).accounts == Texts{key->account});
  }
  CHECK(count == dump.command.keys.size());
}

}  // namespace
}  // namespace keyledger::tools::import
