// The refusals of the dump reader, and their messages.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tools/import/dump_examples.h"

namespace keyledger::tools::import {
namespace {

using namespace dump_examples;

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
       "begins with an object, not an array (as JSON lines do): dump with --format json"},
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
      {"[{\"a\\ud800\\u0041\": 1}]", ":1:13: half of a surrogate pair is missing"},
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

TEST_CASE("an object that no dump can have is refused with its place") {
  const std::string user = good_user();
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"1", "object 2 (line 3): is not a JSON object"},
      {"[1]", "object 2 (line 3): is not a JSON object"},
      {"\"text\"", "object 2 (line 3): is not a JSON object"},
      {"null", "object 2 (line 3): is not a JSON object"},
      {R"({"pk": 1, "fields": {}})", "object 2 (line 3): has no \"model\": this is not an object of a dump"},
      {R"({"model": 5, "pk": 1, "fields": {}})", "object 2 (line 3): \"model\" is not a short text"},
      {R"({"model": "knox.authtoken", "fields": {}})",
       "object 2 (knox.authtoken, line 3): has no \"pk\": dump without --natural-primary"},
      {R"({"model": "a.b", "pk": 1})", "object 2 (a.b, line 3): has no \"fields\""},
      {R"({"model": "a.b", "pk": 1, "fields": []})", "object 2 (a.b, line 3): \"fields\" is not an object"},
      {R"({"model": "a.b", "pk": 1, "fields": "x"})", "object 2 (a.b, line 3): \"fields\" is not an object"},
      {R"({"model": "a.b", "pk": 1, "fields": null})", "object 2 (a.b, line 3): \"fields\" is not an object"},
      {R"({"model": "a.b", "pk": 1, "pk": 2, "fields": {}})", "object 2 (a.b, line 3): \"pk\" occurs twice"},
      {R"({"model": "a.b", "pk": 1, "fields": {"x": 1, "\u0078": 2}})",
       "object 2 (a.b, line 3): \"x\" occurs twice"},
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
  const std::string too_long(255, 'x');
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"("is_staff": true, "is_active": true)", R"(field "username": is missing)"},
      {R"("username": 5, "is_staff": true, "is_active": true)", R"(field "username": is not a text)"},
      {R"("username": "", "is_staff": true, "is_active": true)", R"(field "username": is empty)"},
      {R"("username": "a\u001b", "is_staff": true, "is_active": true)",
       R"(field "username": has a control character)"},
      {R"("is_staff": true, "is_active": true, "username": ")" + too_long + '"',
       R"(field "username": is longer than 254 characters)"},
      {R"("is_staff": true, "is_active": true, "username": ")" + std::string(5000, 'x') + '"',
       R"(field "username": is longer than 254 characters)"},
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
       R"(field "token_key": has neither 8 characters (Knox 4) nor 15 to 25 (Knox 5))"},
      {joined({kUser, kCreated, kExpiry, R"("token_key": ")" + std::string(3000, 'c') + '"'}),
       R"(field "token_key": has neither 8 characters (Knox 4) nor 15 to 25 (Knox 5))"},
      {joined({kUser, kCreated, kExpiry, R"("token_key": "c0ffee1x", "salt": "0011223344556677")"}),
       R"(field "token_key": must be 8 hexadecimal digits, because there is a salt)"},
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
       R"(field "expires": must not be given together with "expiry")"},
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
  CHECK(refusal_of(std::vector<DumpFile>{}) == "there is no file to import");
}

TEST_CASE("more than the limits allow is refused") {
  const std::string text = dump_of({good_user(), good_token()});
  CHECK(read_dumps({{"a.json", text}, {"b.json", text}}, {}, {.objects_max = 4}).ok());
  CHECK(refusal_of({{"a.json", text}, {"b.json", text}}, {}, {.objects_max = 3}) ==
        "b.json: more than 3 objects in all: import them in parts");
  CHECK(refusal_of({{"a.json", text}}, {}, {.file_bytes_max = text.size() - 1}) ==
        fmt::format("a.json: is larger than {} bytes: dump it in parts", text.size() - 1));
}

}  // namespace
}  // namespace keyledger::tools::import
