#include "tools/django_dump.h"

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

namespace keyledger::tools {
namespace {

using ledger::ActiveFlag;
using ledger::DigestScheme;
using ledger::StaffFlag;

constexpr const char* kAccount = "0000-0000-0000";

ledger::Result<DjangoDump> read_dumps(const std::vector<DumpFile>& files, const DumpLimits& limits = {}) {
  std::uint8_t next = 0;
  const auto new_key_id = [&next] {
    ledger::KeyId id;
    id.uuid.data[15] = ++next;
    return id;
  };
  return read_django_dumps(files, kAccount, new_key_id, limits);
}

ledger::Result<DjangoDump> read_dump(const std::string& text) { return read_dumps({{"dump.json", text}}); }

// What the refusal says.
std::string refusal_of(const std::vector<DumpFile>& files, const DumpLimits& limits = {}) {
  const auto dump = read_dumps(files, limits);
  REQUIRE_FALSE(dump.ok());
  CHECK(dump.error().code == ledger::ErrorCode::kInputInvalid);
  return dump.error().detail;
}

std::string refusal_of(const std::string& text) { return refusal_of({{"dump.json", text}}); }

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

// A small dump, object by object.
std::string user_object(std::string_view pk, std::string_view fields) {
  return fmt::format(R"({{"model": "auth.user", "pk": {}, "fields": {{{}}}}})", pk, fields);
}
std::string good_user(std::string_view pk = "1", std::string_view name = "ada") {
  return user_object(
      pk,
      fmt::format(R"("password": "!hidden", "username": "{}", "is_staff": true, "is_active": true)", name));
}
std::string digest_text(char digit = 'a') { return std::string(128, digit); }
std::string token_object(std::string_view digest, std::string_view fields) {
  return fmt::format(R"({{"model": "knox.authtoken", "pk": "{}", "fields": {{{}}}}})", digest, fields);
}
constexpr std::string_view kGoodToken =
    R"("token_key": "5ec4e7c0ffee123", "user": 1, "created": "2025-10-11T04:22:38.767Z", "expiry": null)";
std::string good_token(char digit = 'a') { return token_object(digest_text(digit), kGoodToken); }

// One object on each line, from line 2.
std::string dump_of(const std::vector<std::string>& objects) {
  std::string text = "[\n";
  for (std::size_t i = 0; i < objects.size(); ++i)
    text += objects[i] + (i + 1 < objects.size() ? ",\n" : "\n");
  return text + "]\n";
}

std::string refusal_of_token(std::string_view fields) {
  return refusal_of(dump_of({good_user(), token_object(digest_text(), fields)}));
}

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

// The row of a real dump that this key came from.
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

// The key that a token opens, found the way a question finds it.
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
  const std::string text(text_of(row));
  const bool naive = text.find('Z') == std::string::npos && text.find_last_of("+-") < 10;
  CHECK(time == time_of(naive ? text + "Z" : text));
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
  CHECK(keys[1].base_name == "knox_salted_20190703");  // 23:30 two hours west
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

TEST_CASE("times have an offset or are in UTC") {
  const auto key_created = [](std::string_view created) {
    return key_of_token(fmt::format(R"("token_key": "01234567", "user": 1, "created": "{}", "expires": "{}")",
                                    created, created));
  };
  const auto expected = time_of("2020-02-29T10:00:00.5Z");
  for (const char* text : {"2020-02-29T10:00:00.5Z", "2020-02-29T12:00:00.500+02:00",
                           "2020-02-29T10:00:00.500000", "2020-02-29 10:00:00.5"}) {
    CAPTURE(text);
    CHECK(key_created(text).created == expected);
    CHECK(key_created(text).expiry == expected);
  }
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
  CHECK(owner("\"77\"", "\"77\"") == "ada");  // not the number 77
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
      "b.json: object 2 (auth.user, line 3): field \"username\": \"ada\" is in a.json: object 1 (auth.user, "
      "line 2) "
      "with other flags: the same user in two dumps must be staff in both or neither, and active in both or "
      "neither");
}

TEST_CASE("the same digest with other fields is refused") {
  const std::string later = token_object(
      digest_text('A'),
      R"("token_key": "5ec4e7c0ffee123", "user": 1, "created": "2025-10-12T04:22:38.767Z", "expiry": null)");
  CHECK(refusal_of(dump_of({good_user(), good_token(), later})) ==
        "dump.json: object 3 (knox.authtoken, line 4): the same digest is in dump.json: object 2 "
        "(knox.authtoken, "
        "line 3) with other fields");
}

TEST_CASE("a primary key or a name that is twice in a file is refused") {
  CHECK(refusal_of(dump_of({good_user("1", "ada"), good_user("1", "bob")})) ==
        "dump.json: object 2 (auth.user, line 3): the primary key \"1\" is there twice");
  CHECK(refusal_of(dump_of({good_user("1", "ada"), good_user("2", "ada")})) ==
        "dump.json: object 2 (auth.user, line 3): field \"username\": \"ada\" is there twice");
}

TEST_CASE("a token whose user is not in the file is refused") {
  CHECK(refusal_of(dump_of({good_token()})) ==
        "dump.json: object 1 (knox.authtoken, line 2): field \"user\": no auth.user of this file has the "
        "primary key "
        "\"1\": dump auth.user and knox.authtoken into one file");
  CHECK(
      refusal_of_token(
          R"("token_key": "01234567", "user": ["bob"], "created": "2020-01-01T00:00:00Z", "expiry": null)") ==
      "dump.json: object 2 (knox.authtoken, line 3): field \"user\": no auth.user of this file is named "
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

TEST_CASE("a file that is something else is refused with what it is") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "is empty"},
      {" \r\n\t\n", "is empty"},
      {"\xef\xbb\xbf", "is empty"},
      {std::string("\x1f\x8b\x08\x00", 4), "is compressed with gzip: unpack it first"},
      {"BZh91AY", "is compressed with bzip2: unpack it first"},
      {std::string("\xfd\x37zXZ\x00", 6), "is compressed with xz: unpack it first"},
      {std::string("\x5d\x00\x00\x80", 4), "is compressed with lzma: unpack it first"},
      {"PK\x03\x04", "is a zip archive: unpack it first"},
      {"SQLite format 3",
       "is a database: dump it with manage.py dumpdata --format json auth.user knox.authtoken"},
      {"\xff\xfe[", "is in UTF-16, not UTF-8: let dumpdata write the file itself, with --output FILE"},
      {"- model: auth.user\n  pk: 1\n", "looks like YAML, not JSON: dump with --format json"},
      {"---\n- model: auth.user\n", "looks like YAML, not JSON: dump with --format json"},
      {"<?xml version=\"1.0\"?>\n", "looks like XML, not JSON: dump with --format json"},
      {good_user() + "\n" + good_token() + "\n",
       "begins with an object, not an array (JSON lines?): dump with --format json"},
      {"42", "is JSON, but not an array"},
      {"\"text\"", "is JSON, but not an array"},
      {"null", "is JSON, but not an array"},
      {"[]", "is not a dump of auth.user and knox.authtoken"},
      {R"([{"model": "a.b", "pk": 1, "fields": {}}])", "is not a dump of auth.user and knox.authtoken"},
  };
  for (const auto& [text, expected] : cases) {
    CAPTURE(text);
    CHECK(refusal_of(text) == "dump.json: " + expected);
  }
}

TEST_CASE("broken JSON is refused with line and column") {
  const std::string good = dump_of({good_user(), good_token()});
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"]", ":1:1: not JSON"},
      {"CommandError: no such app\n", ":1:1: not JSON"},
      {"[\n  {\"model\": tru }\n]", ":2:13: not JSON"},
      {"[\n  {\"é\": tru }\n]", ":2:9: not JSON"},
      {"[\n{\"model\": \"a\"\n\"pk\": 1}]", ":3:1: not JSON"},
      {"[\n{\"model\": \"a\",}]", ":2:15: not JSON"},
      {"[{'model': 1}]", ":1:3: not JSON"},
      {"[\n{\"model\": \"a\nb\"}]", ":2:13: not JSON"},
      {"[1e99999999999]", ":1:13: a number is too large"},
      {"[{\"a\\ud800\": 1}]", ":1:11: not JSON"},
      {"[{\"a\\ud800\\u0041\": 1}]", ":1:13: half of a surrogate pair"},
      {"[{\"a\\u12g\": 1}]", ":1:9: \\u needs four hexadecimal digits"},
      {"[\n", ":1:2: the JSON ends in the middle"},
      {good.substr(0, good.size() - 2), ":3:276: the JSON ends in the middle"},
      {good + "[]\n", ":5:1: something follows after the end of the array"},
      {good + "\n\n  x", ":7:3: something follows after the end of the array"},
      {"[]x", ":1:3: something follows after the end of the array"},
      {"[\n{\"model\": \"a\xff\"}]", ":2:13: not UTF-8"},
      {"[\n{\"mod\xc3\x28\": 1}]", ":2:6: not UTF-8"},
      {"[\n\xff", ":2:1: not UTF-8"},
  };
  for (const auto& [text, expected] : cases) {
    CAPTURE(text);
    CHECK(refusal_of(text) == "dump.json" + expected);
  }
  CHECK(refusal_of(R"([{"model": "a", "pk": )" + std::string(300, '['))
            .ends_with(": the JSON is nested too deeply"));
}

TEST_CASE("a dump that is cut off anywhere is refused") {
  const std::string whole = dump_of({good_user(), good_token()});
  const std::size_t end = whole.rfind(']');
  for (std::size_t length = 0; length <= end; ++length) {
    CAPTURE(length);
    CHECK_FALSE(read_dump(whole.substr(0, length)).ok());
  }
  CHECK(read_dump(whole.substr(0, end + 1)).ok());
}

TEST_CASE("what is not an object of a dump is refused with its place") {
  const std::string user = good_user();
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"1", "object 2 (line 3): is not a JSON object"},
      {"[1]", "object 2 (line 3): is not a JSON object"},
      {"\"text\"", "object 2 (line 3): is not a JSON object"},
      {"null", "object 2 (line 3): is not a JSON object"},
      {R"({"pk": 1, "fields": {}})", "object 2 (line 3): has no \"model\": not an object of a dump"},
      {R"({"model": 5, "pk": 1, "fields": {}})", "object 2 (line 3): \"model\" is not a short text"},
      {R"({"model": "a.b", "fields": {}})",
       "object 2 (a.b, line 3): has no \"pk\": dump without --natural-primary"},
      {R"({"model": "a.b", "pk": 1})", "object 2 (a.b, line 3): has no \"fields\""},
      {R"({"model": "a.b", "pk": 1, "fields": []})", "object 2 (a.b, line 3): \"fields\" is not an object"},
      {R"({"model": "a.b", "pk": 1, "fields": "x"})", "object 2 (a.b, line 3): \"fields\" is not an object"},
      {R"({"model": "a.b", "pk": 1, "fields": null})", "object 2 (a.b, line 3): \"fields\" is not an object"},
      {R"({"model": "a.b", "pk": 1, "pk": 2, "fields": {}})",
       "object 2 (a.b, line 3): \"pk\" is there twice"},
      {R"({"model": "a.b", "pk": 1, "fields": {"x": 1, "\u0078": 2}})",
       "object 2 (a.b, line 3): \"x\" is there twice"},
      {"{\"model\": \"a.b\", \"pk\": 1, \"fields\": {\"" + std::string(2000, 'x') + "\": 1}}",
       "object 2 (a.b, line 3): a field's name is too long"},
      {R"({"model": "a\u001b", "pk": 1})", "object 2 (a\\x1b, line 3): has no \"fields\""},
  };
  for (const auto& [object, expected] : cases) {
    CAPTURE(object);
    CHECK(refusal_of(dump_of({user, object})) == "dump.json: " + expected);
  }
}

TEST_CASE("a user that is not as Django makes them is refused with its field") {
  const std::string too_long(151, 'x');
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"("is_staff": true, "is_active": true)", R"(field "username": is missing)"},
      {R"("username": 5, "is_staff": true, "is_active": true)", R"(field "username": is not a text)"},
      {R"("username": "", "is_staff": true, "is_active": true)", R"(field "username": is empty)"},
      {R"("username": "a\u001b", "is_staff": true, "is_active": true)",
       R"(field "username": has a control character in it)"},
      {R"("is_staff": true, "is_active": true, "username": ")" + too_long + '"',
       R"(field "username": is longer than 150 characters)"},
      {R"("is_staff": true, "is_active": true, "username": ")" + std::string(5000, 'x') + '"',
       R"(field "username": is longer than 150 characters)"},
      {R"("username": "a", "is_active": true)", R"(field "is_staff": is missing)"},
      {R"("username": "a", "is_staff": 1, "is_active": true)", R"(field "is_staff": is not true or false)"},
      {R"("username": "a", "is_staff": true)", R"(field "is_active": is missing)"},
      {R"("username": "a", "is_staff": true, "is_active": null)",
       R"(field "is_active": is not true or false)"},
  };
  for (const auto& [fields, expected] : cases) {
    CAPTURE(fields);
    CHECK(refusal_of(dump_of({user_object("1", fields)})) ==
          "dump.json: object 1 (auth.user, line 2): " + expected);
  }
  for (const char* pk : {"null", "true", "1.5", "[1]", "{}"}) {
    CHECK(refusal_of(dump_of({good_user(pk)})) ==
          "dump.json: object 1 (auth.user, line 2): \"pk\" is neither an integer nor a text");
  }
  std::string umlauts;
  for (int i = 0; i < 150; ++i) umlauts += "ü";
  CHECK(read_dump(dump_of({good_user("1", umlauts)})).ok());
}

TEST_CASE("a token that is not as Knox makes them is refused with its field") {
  const std::string kKey = R"("token_key": "01234567")";
  const std::string kUser = R"("user": 1)";
  const std::string kCreated = R"("created": "2020-01-01T00:00:00Z")";
  const std::string kExpiry = R"("expiry": null)";
  const auto joined = [](const std::vector<std::string>& fields) {
    return fmt::format("{}", fmt::join(fields, ", "));
  };
  const std::vector<std::pair<std::string, std::string>> cases = {
      {joined({kUser, kCreated, kExpiry}), R"(field "token_key": is missing)"},
      {joined({kUser, kCreated, kExpiry, R"("token_key": null)"}), R"(field "token_key": is not a text)"},
      {joined({kUser, kCreated, kExpiry, R"("token_key": 12345678)"}), R"(field "token_key": is not a text)"},
      {joined({kUser, kCreated, kExpiry, R"("token_key": "c0ffee123")"}),
       R"(field "token_key": has neither 8 characters (Knox 4) nor 15 (Knox 5))"},
      {joined({kUser, kCreated, kExpiry, R"("token_key": ")" + std::string(3000, 'c') + '"'}),
       R"(field "token_key": has neither 8 characters (Knox 4) nor 15 (Knox 5))"},
      {joined({kUser, kCreated, kExpiry, R"("token_key": "c0ffee1x", "salt": "0011223344556677")"}),
       R"(field "token_key": is not 8 hexadecimal digits, as beside a salt)"},
      {joined({kUser, kCreated, kExpiry, kKey, R"("salt": "00112233445566")"}),
       R"(field "salt": is not a salt of 16 hexadecimal digits)"},
      {joined({kUser, kCreated, kExpiry, kKey, R"("salt": "")"}),
       R"(field "salt": is not a salt of 16 hexadecimal digits)"},
      {joined({kUser, kCreated, kExpiry, kKey, R"("salt": 7)"}),
       R"(field "salt": is not a salt of 16 hexadecimal digits)"},
      {joined({kKey, kUser, kExpiry}), R"(field "created": is missing)"},
      {joined({kKey, kUser, kExpiry, R"("created": null)"}), R"(field "created": is null)"},
      {joined({kKey, kUser, kExpiry, R"("created": 1577836800)"}), R"(field "created": is not a time)"},
      {joined({kKey, kUser, kExpiry, R"("created": "2021-02-29T00:00:00Z")"}),
       R"(field "created": "2021-02-29T00:00:00Z" is not a time)"},
      {joined({kKey, kUser, kExpiry, R"("created": "yesterday")"}),
       R"(field "created": "yesterday" is not a time)"},
      {joined({kKey, kUser, kCreated}), R"(field "expiry": is missing)"},
      {joined({kKey, kUser, kCreated, R"("expiry": false)"}), R"(field "expiry": is not a time)"},
      {joined({kKey, kUser, kCreated, R"("expires": "2020-01-01T25:00:00Z")"}),
       R"(field "expires": "2020-01-01T25:00:00Z" is not a time)"},
      {joined({kKey, kUser, kCreated, kExpiry, R"("expires": null)"}),
       R"(field "expires": is there beside "expiry")"},
      {joined({kKey, kCreated, kExpiry}), R"(field "user": is missing)"},
      {joined({kKey, kCreated, kExpiry, R"("user": null)"}),
       R"(field "user": is neither a primary key nor [username])"},
      {joined({kKey, kCreated, kExpiry, R"("user": ["ada", "x"])"}),
       R"(field "user": is neither a primary key nor [username])"},
      {joined({kKey, kCreated, kExpiry, R"("user": [1])"}),
       R"(field "user": is neither a primary key nor [username])"},
  };
  for (const auto& [fields, expected] : cases) {
    CAPTURE(fields);
    const std::string said = refusal_of_token(fields);
    CHECK(said == "dump.json: object 2 (knox.authtoken, line 3): " + expected);
    for (const char* secret : {"01234567", "12345678", "c0ffee"})
      CHECK(said.find(secret) == std::string::npos);
  }
}

TEST_CASE("a digest of the wrong length or alphabet is refused") {
  for (const std::string& digest : {std::string(), std::string(127, 'a'), std::string(129, 'a'),
                                    std::string(64, 'a'), std::string(128, 'g'), std::string(4000, 'a')}) {
    CHECK(refusal_of(dump_of({good_user(), token_object(digest, kGoodToken)})) ==
          "dump.json: object 2 (knox.authtoken, line 3): \"pk\" is not a digest of 128 hexadecimal digits");
  }
}

TEST_CASE("one broken file refuses all of them") {
  CHECK(refusal_of({{"good.json", dump_of({good_user(), good_token()})}, {"dir/b\x1b.json", "[1]"}}) ==
        "dir/b\\x1b.json: object 1 (line 1): is not a JSON object");
  CHECK(refusal_of(std::vector<DumpFile>{}) == "no file to import");
}

TEST_CASE("more than the limits allow is refused") {
  const std::string text = dump_of({good_user(), good_token()});
  CHECK(read_dumps({{"a.json", text}, {"b.json", text}}, {.objects_max = 4}).ok());
  CHECK(refusal_of({{"a.json", text}, {"b.json", text}}, {.objects_max = 3}) ==
        "b.json: more than 3 objects in all: import them in parts");
  CHECK(refusal_of({{"a.json", text}}, {.file_bytes_max = text.size() - 1}) ==
        fmt::format("a.json: is larger than {} bytes: dump it in parts", text.size() - 1));
}

}  // namespace
}  // namespace keyledger::tools
