#include "tools/import/django_dump.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/tools/import/dump_examples.h"

namespace keyledger::tools::import {
namespace {

using namespace dump_examples;
using ledger::ActiveFlag;
using ledger::DigestScheme;
using ledger::StaffFlag;

std::string data_file(const std::string& name) {
  std::ifstream in(std::string(KEYLEDGER_TEST_DATA) + "/" + name, std::ios::binary);
  REQUIRE(in.good());
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<boost::json::object> data_lines(const std::string& name) {
  std::istringstream in(data_file(name));
  std::vector<boost::json::object> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(boost::json::parse(line).as_object());
  REQUIRE_FALSE(lines.empty());
  return lines;
}

std::string_view text_of(const boost::json::value& value) { return value.as_string(); }

ledger::Timestamp time_of(std::string_view text) {
  const auto time = ledger::parse_rfc3339(text);
  REQUIRE(time);
  return *time;
}

commands::ImportedKey only_key(const std::string& text) {
  const auto dump = read_dump(text);
  INFO((dump.ok() ? std::string() : dump.error().detail));
  REQUIRE(dump.ok());
  REQUIRE(dump->command.keys.size() == 1);
  return dump->command.keys.front();
}

commands::ImportedKey key_of_token(std::string_view fields) {
  return only_key(dump_of({good_user(), token_object(digest_text(), fields)}));
}

struct Fixture {
  const char* name;
  DigestScheme scheme;
};

// Returns the row of a real dump from which the key was read.
boost::json::object row_of(const boost::json::array& rows, const ledger::KeyDigest& digest) {
  for (const auto& row : rows) {
    if (!row.at("pk").is_string()) continue;
    std::string pk(text_of(row.at("pk")));
    std::ranges::transform(
        pk, pk.begin(), [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (pk == ledger::to_hex(digest.view())) return row.at("fields").as_object();
  }
  FAIL("no row has the digest " << ledger::to_hex(digest.view()));
  return {};
}

// Returns the key that a token opens, found by digest like in a question.
const commands::ImportedKey* key_opened_by(const std::vector<commands::ImportedKey>& keys,
                                           std::string_view token) {
  const auto opens = [token](const commands::ImportedKey& key) {
    const auto same = [&key](const std::optional<ledger::KeyDigest>& digest) {
      return digest && std::ranges::equal(digest->view(), key.digest.view());
    };
    switch (key.digest.scheme) {
      case DigestScheme::kSha256:
        return false;
      case DigestScheme::kKnox5:
        return same(ledger::knox5_digest(token));
      case DigestScheme::kKnox4:
        return same(ledger::knox4_digest(token));
      case DigestScheme::kKnoxSalted:
        return (!key.digest.bucket || *key.digest.bucket == ledger::salted_bucket(token.substr(0, 8))) &&
               same(ledger::knox_salted_digest(token, key.digest.salt));
    }
    return false;
  };
  const auto found = std::ranges::find_if(keys, opens);
  return found == keys.end() ? nullptr : &*found;
}

const commands::ImportedUser* user_named(const DjangoDump& dump, std::string_view name) {
  const auto found = std::ranges::find(dump.command.users, name, &commands::ImportedUser::username);
  return found == dump.command.users.end() ? nullptr : &*found;
}

void check_time(const boost::json::value& row, std::optional<ledger::Timestamp> time) {
  if (row.is_null()) {
    CHECK_FALSE(time);
    return;
  }
  CHECK(time == time_of(text_of(row)));
}

TEST_CASE("every token of a real dump is found with its owner, flags, dates and scheme") {
  const auto fixture =
      GENERATE(Fixture{"knox4", DigestScheme::kKnox4}, Fixture{"knox5", DigestScheme::kKnox5},
               Fixture{"knox-salted", DigestScheme::kKnoxSalted});
  CAPTURE(fixture.name);
  const std::string text = data_file(fixture.name + std::string("-dumpdata.json"));
  const auto tokens = data_lines(fixture.name + std::string("-tokens.jsonl"));
  const auto rows = boost::json::parse(text).as_array();
  const auto dump = read_dump(text);
  REQUIRE(dump.ok());
  CHECK(dump->command.account == kAccount);
  CHECK(dump->ignored.empty());
  CHECK(dump->command.users.size() + dump->command.keys.size() == rows.size());
  CHECK(dump->command.keys.size() == tokens.size());

  const ledger::Timestamp dumped = time_of("2026-11-21T04:22:39Z");
  for (const auto& token : tokens) {
    const auto* key = key_opened_by(dump->command.keys, text_of(token.at("token")));
    REQUIRE(key != nullptr);
    CHECK(key->digest.scheme == fixture.scheme);
    CHECK(key->username == text_of(token.at("username")));
    CHECK(key->active == ActiveFlag::kActive);
    const auto* owner = user_named(*dump, key->username);
    REQUIRE(owner != nullptr);
    CHECK((owner->staff == StaffFlag::kStaff) == token.at("user_is_staff").as_bool());
    CHECK((owner->active == ActiveFlag::kActive) == token.at("user_is_active").as_bool());
    const bool unexpired = !key->expiry || *key->expiry >= dumped;
    CHECK((unexpired && owner->active == ActiveFlag::kActive) == token.at("authenticates").as_bool());

    const auto row = row_of(rows, key->digest);
    check_time(row.at("created"), key->created);
    check_time(row.at(row.contains("expires") ? "expires" : "expiry"), key->expiry);
  }
}

TEST_CASE("nothing of a token and nothing of a password is in what was read") {
  const auto name = GENERATE("knox4", "knox5", "knox-salted");
  const std::string text = data_file(name + std::string("-dumpdata.json"));
  const auto dump = read_dump(text);
  REQUIRE(dump.ok());
  std::string everything = dump->command.account;
  for (const auto& user : dump->command.users) everything += "|" + user.username;
  for (const auto& key : dump->command.keys) {
    everything += "|" + key.username + "|" + key.base_name;
    const auto* bytes = reinterpret_cast<const char*>(key.digest.bytes.data());
    everything += "|" + std::string(bytes, key.digest.bytes.size());
  }
  for (const auto& [model, count] : dump->ignored) everything += model;
  const auto rows = boost::json::parse(text);
  for (const auto& row : rows.as_array()) {
    for (const char* field : {"token_key", "password"}) {
      const auto* secret = row.at("fields").as_object().if_contains(field);
      if (secret == nullptr || secret->is_null()) continue;
      CHECK(everything.find(text_of(*secret)) == std::string::npos);
    }
  }
}

TEST_CASE("keys are named by scheme and day, and get the ids that were handed in") {
  const auto dump = read_dumps({{"salted.json", data_file("knox-salted-dumpdata.json")},
                                {"dump.json", dump_of({good_user(), good_token()})}});
  REQUIRE(dump.ok());
  const auto& keys = dump->command.keys;
  CHECK(keys.front().base_name == "knox_salted_20160101");
  CHECK(keys[1].base_name == "knox_salted_20190703");  // 23:30 at an offset of -02:00
  CHECK(keys.back().base_name == "knox5_20251011");
  for (std::size_t i = 0; i < keys.size(); ++i) CHECK(keys[i].new_key_id.uuid.data[15] == i + 1);
}

TEST_CASE("the row tells the scheme") {
  constexpr std::string_view kRest = R"("user": 1, "created": "2020-01-01T00:00:00Z", "expiry": null)";
  const auto scheme_with = [&](std::string_view more) {
    return key_of_token(fmt::format("{}, {}", kRest, more)).digest.scheme;
  };
  CHECK(scheme_with(R"("token_key": "0123456789abcde")") == DigestScheme::kKnox5);
  CHECK(scheme_with(R"("token_key": "prefix_ä_123456")") == DigestScheme::kKnox5);
  CHECK(scheme_with(R"("token_key": "01234567")") == DigestScheme::kKnox4);
  CHECK(scheme_with(R"("token_key": "01234567", "salt": null)") == DigestScheme::kKnox4);
  CHECK(scheme_with(R"("salt": "0011223344556677", "token_key": "01234567")") == DigestScheme::kKnoxSalted);

  const auto salted =
      key_of_token(fmt::format(R"({}, "salt": "0011223344556677", "token_key": "ABCDEF01")", kRest));
  CHECK(salted.digest.bucket == ledger::salted_bucket("abcdef01"));
  CHECK(salted.digest.salt == ledger::Salt{0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77});
  CHECK_FALSE(key_of_token(fmt::format(R"({}, "salt": "0011223344556677")", kRest)).digest.bucket);
  CHECK_FALSE(
      key_of_token(fmt::format(R"({}, "salt": "0011223344556677", "token_key": null)", kRest)).digest.bucket);
}

TEST_CASE("times are read in every form that Python writes") {
  const auto key_created = [](std::string_view created) {
    return key_of_token(fmt::format(R"("token_key": "01234567", "user": 1, "created": "{}", "expires": "{}")",
                                    created, created));
  };
  const auto expected = time_of("2020-02-29T10:00:00.5Z");
  for (const char* text :
       {"2020-02-29T10:00:00.5Z", "2020-02-29T12:00:00.500+02:00", "2020-02-29T10:00:00.500000z",
        "2020-02-29 10:00:00.5+00:00", "2020-02-29 12:00:00.500000+0200", "2020-02-29 08:00:00.5-02",
        "2020-02-29T10:19:32.5+00:19:32", "2020-02-29 10:00:00.500000 +00"}) {
    CAPTURE(text);
    CHECK(key_created(text).created == expected);
    CHECK(key_created(text).expiry == expected);
  }
  CHECK(key_created("9999-12-31T23:59:59.999999-05:00").expiry == ledger::kLatest);
}

TEST_CASE("a token names its user by primary key or by name, before or after it in the file") {
  const auto owner = [](std::string_view pk, std::string_view reference) {
    const std::string token = token_object(digest_text(), fmt::format(R"("token_key": "01234567", "user": {},
        "created": "2020-01-01T00:00:00Z", "expiry": null)",
                                                                      reference));
    const auto key = only_key(dump_of({token, good_user("77", "bob"), good_user(pk, "ada")}));
    return key.username;
  };
  CHECK(owner("1", "1") == "ada");
  CHECK(owner("18446744073709551615", "18446744073709551615") == "ada");
  CHECK(owner("\"6f2c\"", "\"6f2c\"") == "ada");
  CHECK(owner("\"77\"", "\"77\"") == "ada");  // a text, different from the number 77
  CHECK(owner("1", "[\"ada\"]") == "ada");
}

TEST_CASE("primary keys belong to their file") {
  const auto dump = read_dumps({{"a.json", dump_of({good_user("1", "ada"), good_token('a')})},
                                {"b.json", dump_of({good_user("1", "bob"), good_token('b')})}});
  REQUIRE(dump.ok());
  REQUIRE(dump->command.keys.size() == 2);
  CHECK(dump->command.keys[0].username == "ada");
  CHECK(dump->command.keys[1].username == "bob");
}

TEST_CASE("the same user and the same token in two files are there once") {
  const auto dump =
      read_dumps({{"a.json", dump_of({good_user("1"), good_token()})},
                  {"b.json", dump_of({good_user("1"), good_token(), good_token('A'), good_token('b')})}});
  REQUIRE(dump.ok());
  CHECK(dump->command.users.size() == 1);
  CHECK(dump->command.keys.size() == 2);
}

TEST_CASE("the same user with other flags in a second file is refused") {
  const std::string other = user_object("5", R"("username": "ada", "is_staff": false, "is_active": true)");
  CHECK(
      refusal_of({{"a.json", dump_of({good_user()})}, {"b.json", dump_of({good_user("1", "bob"), other})}}) ==
      "b.json: object 2 (auth.user, line 3): field \"username\": \"ada\" has other flags in a.json: object 1 "
      "(auth.user, line 2): a user in two dumps must be staff in both or neither, and active in both or "
      "neither");
}

TEST_CASE("the same digest with other fields is refused") {
  const std::string later = token_object(
      digest_text('A'),
      R"("token_key": "5ec4e7c0ffee123", "user": 1, "created": "2025-10-12T04:22:38.767Z", "expiry": null)");
  CHECK(refusal_of(dump_of({good_user(), good_token(), later})) ==
        "dump.json: object 3 (knox.authtoken, line 4): dump.json: object 2 (knox.authtoken, line 3) has the "
        "same digest with other fields");
}

TEST_CASE("a primary key or a name that is twice in a file is refused") {
  CHECK(refusal_of(dump_of({good_user("1", "ada"), good_user("1", "bob")})) ==
        "dump.json: object 2 (auth.user, line 3): the primary key \"1\" occurs twice");
  CHECK(refusal_of(dump_of({good_user("1", "ada"), good_user("2", "ada")})) ==
        "dump.json: object 2 (auth.user, line 3): field \"username\": \"ada\" occurs twice");
}

TEST_CASE("a token whose user is not in the file is refused") {
  CHECK(refusal_of(dump_of({good_token()})) ==
        "dump.json: object 1 (knox.authtoken, line 2): field \"user\": this file has no auth.user with the "
        "primary key "
        "\"1\": dump auth.user and knox.authtoken into one file");
  CHECK(
      refusal_of_token(
          R"("token_key": "01234567", "user": ["bob"], "created": "2020-01-01T00:00:00Z", "expiry": null)") ==
      "dump.json: object 2 (knox.authtoken, line 3): field \"user\": this file has no auth.user with the "
      "name "
      "\"bob\"");
  const auto dump = read_dumps({{"a.json", dump_of({good_user()})}, {"b.json", dump_of({good_token()})}});
  REQUIRE_FALSE(dump.ok());
  CHECK(dump.error().detail.starts_with("b.json: object 1 (knox.authtoken, line 2): field \"user\": "));
}

TEST_CASE("objects of other models are counted, whatever they hold") {
  const auto dump = read_dump(dump_of({
      R"({"model": "contenttypes.contenttype", "pk": 1, "fields": {"user": {"deep": [[1]]}, "created": 5}})",
      R"({"model": "sessions.session", "pk": [1], "fields": {"token_key": [], "expires": 1.5e3, "a": [{"a": 1, "b": "\u00e9"}]}})",
      R"({"model": "sessions.session", "pk": null, "extra": {"model": 1, "fields": 2}, "fields": {}})",
      good_user(),
      good_token(),
  }));
  REQUIRE(dump.ok());
  CHECK(dump->ignored ==
        std::map<std::string, std::size_t>{{"contenttypes.contenttype", 1}, {"sessions.session", 2}});
  CHECK(dump->command.users.size() == 1);
  CHECK(dump->command.keys.size() == 1);
}

TEST_CASE("the parts of an object may come in any order, on one line or on many, behind a byte order mark") {
  std::string text = "\xef\xbb\xbf[" + good_user() + "," + good_token() + "]";
  CHECK(only_key(text).username == "ada");
  text =
      "\xef\xbb\xbf\r\n "
      "[\r\n{\"fields\"\r\n:{\"is_active\":true,\"username\":\"\\u0061da\",\"is_staff\":\r\ntrue}, "
      "\"pk\":\r\n1\r\n,\"model\":\"auth.user\"},\r\n" +
      good_token() + "\r\n]\r\n\r\n";
  CHECK(only_key(text).username == "ada");
}

}  // namespace
}  // namespace keyledger::tools::import
