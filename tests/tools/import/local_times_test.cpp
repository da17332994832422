// Times without an offset, and the limits that a dry run checks like an import.
#include <catch2/catch.hpp>
#include <string>
#include <string_view>

#include "commands/decide.h"
#include "tests/tools/import/smarter_examples.h"
#include "tests/tools/import/time_zone_examples.h"

namespace keyledger::tools::import {
namespace {

using namespace smarter_examples;
using namespace time_zone_examples;

std::string token_with(std::string_view created, std::string_view expiry) {
  return token_object(
      digest_text(),
      fmt::format(R"("token_key": "5ec4e7c0ffee123", "user": 1, "created": "{}", "expiry": "{}")", created,
                  expiry));
}

TEST_CASE("A4: a time without an offset is refused with the reason") {
  for (const char* time : {"2026-10-02T09:00:00", "2026-10-02T09:00:00.123", "2026-10-02 09:00:00.123456"}) {
    CHECK(refusal_of(dump_of({good_user(), token_with(time, "2027-01-01T00:00:00Z")})) ==
          fmt::format(
              "dump.json: object 2 (knox.authtoken, line 3): field \"created\": \"{}\" has no time zone, "
              "because the project has USE_TZ = False: say which zone its TIME_ZONE names, with "
              "--time-zone, such as --time-zone Asia/Tokyo",
              time));
  }
  CHECK(refusal_of(dump_of({good_user(), token_with("2026-10-02T09:00:00Z", "2026-10-02T09:00:00")}))
            .find("field \"expiry\": \"2026-10-02T09:00:00\" has no time zone") != std::string::npos);
  const auto smarter =
      dump_with({knox_token('a', "1"), smarter_token('a', "1", R"("last_used_at": "2026-10-02T09:00:00")")});
  CHECK(refusal_of(smarter).find("field \"last_used_at\": \"2026-10-02T09:00:00\" has no time zone") !=
        std::string::npos);
}

TEST_CASE("A4: a date alone, a length of time and a number are no times") {
  for (const char* time :
       {"2026-10-02", "P0DT10H00M00S", "10:00:00", "1790000000", "2026-10-02T24:00:00Z",
        "2026-10-02T09:00:00+25:00", "2026-10-02T09:00:00+2", "2026-10-02T09:00:00Z0", ""}) {
    CHECK(refusal_of(dump_of({good_user(), token_with("2026-10-02T09:00:00Z", time)}), in_utc()) ==
          fmt::format("dump.json: object 2 (knox.authtoken, line 3): field \"expiry\": \"{}\" is not a time",
                      time));
  }
}

TEST_CASE("A4: --time-zone gives times without an offset their meaning, and no others") {
  const auto dump =
      read_dump(dump_of({good_user(), token_with("2026-10-02T09:00:00.5", "2026-10-02T09:00:00+02:00")}),
                in_zone("JST-9"));
  REQUIRE(dump.ok());
  CHECK(to_rfc3339(dump->command.keys.front().created) == "2026-10-02T00:00:00.500000Z");
  CHECK(to_rfc3339(*dump->command.keys.front().expiry) == "2026-10-02T07:00:00.000000Z");
}

TEST_CASE("A4: times that clocks skip or show twice are reported with the value that was taken") {
  const auto dump =
      read_dump(dump_of({good_user(), token_with("2026-03-29T02:30:00", "2026-10-25T02:30:00")}),
                in_zone("CET-1CEST,M3.5.0,M10.5.0/3"));
  REQUIRE(dump.ok());
  CHECK(to_rfc3339(dump->command.keys.front().created) == "2026-03-29T01:30:00.000000Z");
  CHECK(to_rfc3339(*dump->command.keys.front().expiry) == "2026-10-25T00:30:00.000000Z");
  CHECK(reports(*dump) ==
        Reports{
            "object 2 created: clocks in Test/Zone never showed \"2026-03-29T02:30:00\": "
            "2026-03-29T01:30:00.000000Z was taken, which is by the offset before the change; by the offset "
            "after the change it would be 2026-03-29T00:30:00.000000Z",
            "object 2 expiry: clocks in Test/Zone showed twice \"2026-10-25T02:30:00\": "
            "2026-10-25T00:30:00.000000Z was taken, which is by the offset before the change; by the offset "
            "after the change it would be 2026-10-25T01:30:00.000000Z"});
}

TEST_CASE("A4: a local end of time stays within the year 9999") {
  const auto dump =
      read_dump(dump_of({good_user(), token_with("2026-10-02T09:00:00", "9999-12-31T23:59:59.999999")}),
                in_zone("EST5"));
  REQUIRE(dump.ok());
  CHECK(*dump->command.keys.front().expiry == ledger::kLatest);
}

// Returns a text of this many characters.
std::string repeated(std::string_view character, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += character;
  return text;
}

TEST_CASE("A5: what the dry run passes, the import takes") {
  const projections::Catalog empty;
  for (const std::string& name :
       {repeated("é", 76), repeated("é", 150), repeated("x", 254), repeated("\U0001f511", 254),
        std::string("a b/c"), std::string(" x "), std::string("a\u00adb")}) {
    CAPTURE(name);
    const auto dump = read_dump(dump_of({good_user("1", name), knox_token('a', "1")}));
    INFO((dump.ok() ? std::string() : dump.error().detail));
    REQUIRE(dump.ok());
    CHECK(commands::decide(empty, dump->command, ledger::Timestamp{}).ok());
  }
}

TEST_CASE("A5: the limit of a username is named with its place") {
  for (const std::string& name : {repeated("x", 255), repeated("é", 255), repeated("x", 2000)}) {
    CHECK(refusal_of(dump_of({good_user("1", name)})) ==
          "dump.json: object 1 (auth.user, line 2): field \"username\": is longer than 254 characters");
  }
  for (const char* name : {"a\\u0000b", "a\\u007fb", "a\\u0085b", "a\\nb"}) {
    CAPTURE(name);
    CHECK(refusal_of(dump_of({good_user("1", name)})) ==
          "dump.json: object 1 (auth.user, line 2): field \"username\": has a control character");
  }
}

}  // namespace
}  // namespace keyledger::tools::import
