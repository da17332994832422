// A small Smarter, object by object, for the tests of the import.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tools/import/dump_examples.h"

namespace keyledger::tools::import::smarter_examples {

using namespace dump_examples;

constexpr const char* kFirst = "1111-1111-1111";
constexpr const char* kSecond = "2222-2222-2222";

// Returns JSON members with some replaced by `changes`: "\"name\": \"x\"". The text "absent" removes a
// member.
inline std::string laid_over(std::string_view members, std::string_view changes) {
  auto fields = boost::json::parse(fmt::format("{{{}}}", members)).as_object();
  const auto others = boost::json::parse(fmt::format("{{{}}}", changes));
  for (const auto& change : others.as_object()) {
    if (change.value() == boost::json::value("absent")) {
      fields.erase(change.key());
    } else {
      fields[change.key()] = change.value();
    }
  }
  return boost::json::serialize(fields);
}

inline std::string dump_object(std::string_view model, std::string_view pk, std::string_view fields) {
  return fmt::format(R"({{"model": "{}", "pk": {}, "fields": {}}})", model, pk, fields);
}

inline std::string account(std::string_view pk, std::string_view number, std::string_view changes = "") {
  return dump_object(
      "account.account", pk,
      laid_over(
          fmt::format(
              R"("name": "account", "account_number": "{}", "company_name": "Company {}", "is_active": true)",
              number, number.substr(0, 1)),
          changes));
}

inline std::string profile(std::string_view pk, std::string_view user, std::string_view account,
                           std::string_view changes = "") {
  return dump_object(
      "account.userprofile", pk,
      laid_over(fmt::format(R"("user": {}, "account": {}, "is_test": false)", user, account), changes));
}

inline std::string knox_token(char digit, std::string_view user) {
  return token_object(
      digest_text(digit),
      fmt::format(
          R"("token_key": "5ec4e7c0ffee123", "user": {}, "created": "2025-10-11T04:22:38.767Z", "expiry": null)",
          user));
}

// Returns a key_id that ends with the digest's digit.
inline std::string id_text(char digit) {
  return "3ea08458-da3e-41ac-b8e1-ac0176824b0" + std::string(1, digit);
}

inline std::string smarter_token(char digit, std::string_view profile, std::string_view changes = "") {
  return dump_object(
      "drf.smarterauthtoken", fmt::format("\"{}\"", digest_text(digit)),
      laid_over(
          fmt::format(R"("name": "key_{}", "description": "what for", "version": "1.0.0", "annotations": [],
                               "key_id": "{}", "last_used_at": null, "is_active": true, "tags": [],
                               "user_profile": {})",
                      digit, id_text(digit), profile),
          changes));
}

inline std::string client(std::string_view pk, std::string_view profile, std::string_view name) {
  return dump_object("llm_client.llmclient", pk,
                     fmt::format(R"({{"name": "{}", "user_profile": {}, "deployed": true}})", name, profile));
}

inline std::string assignment(std::string_view pk, std::string_view client, char digit) {
  return dump_object("llm_client.llmclientapikey", pk,
                     fmt::format(R"({{"llm_client": {}, "api_key": "{}"}})", client, digest_text(digit)));
}

// Returns two members: ada in the first account and bob in the second. Users, accounts and profiles have the
// primary keys 1 and 2.
inline std::vector<std::string> people() {
  return {good_user("1", "ada"), good_user("2", "bob"),  account("1", kFirst),
          account("2", kSecond), profile("1", "1", "1"), profile("2", "2", "2")};
}

// Returns a dump of people() and `more` objects.
inline std::string dump_with(std::vector<std::string> more) {
  auto objects = people();
  objects.insert(objects.end(), more.begin(), more.end());
  return dump_of(objects);
}

// Read dumps; a refusal fails the test.
inline DjangoDump read_whole(const std::vector<DumpFile>& files) {
  auto dump = read_dumps(files);
  INFO((dump.ok() ? std::string() : dump.error().detail));
  REQUIRE(dump.ok());
  return std::move(*dump);
}

inline DjangoDump read_whole(const std::string& text) { return read_whole({{"dump.json", text}}); }

inline const commands::ImportedKey& key_ending(const DjangoDump& dump, char digit) {
  const auto& keys = dump.command.keys;
  const auto found = std::ranges::find_if(
      keys, [digit](const auto& key) { return ledger::to_hex(key.digest.view()).back() == digit; });
  REQUIRE(found != keys.end());
  return *found;
}

inline const commands::ImportedUser& user_named(const DjangoDump& dump, std::string_view name) {
  const auto found = std::ranges::find(dump.command.users, name, &commands::ImportedUser::username);
  REQUIRE(found != dump.command.users.end());
  return *found;
}

// Returns the reports about values, row by row: "object 7 name: is empty: ...". Leaves out the rows about
// fields that the ledger has no place for, which every dump has.
inline std::vector<std::string> reports(const DjangoDump& dump) {
  std::vector<std::string> all;
  for (const Unmapped& each : dump.unmapped) {
    if (each.reason.starts_with("not taken over")) continue;
    all.push_back(fmt::format("object {} {}: {}", each.object, each.field, each.reason));
  }
  return all;
}

using Reports = std::vector<std::string>;

}  // namespace keyledger::tools::import::smarter_examples
