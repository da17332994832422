#include "tools/import/time_zone.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "tests/tools/import/time_zone_examples.h"

namespace keyledger::tools::import {
namespace {

using namespace time_zone_examples;
using ledger::Timestamp;
using Times = TimeZone::Meaning::Times;

constexpr std::string_view kBerlin = "CET-1CEST,M3.5.0,M10.5.0/3";

// Returns what a clock shows, or a moment.
Timestamp at(std::string_view text) {
  const auto time = ledger::parse_rfc3339(std::string(text) + "Z");
  REQUIRE(time);
  return *time;
}

void check_once(const TimeZone& zone, std::string_view shown, std::string_view moment) {
  CAPTURE(shown);
  const auto meaning = zone.meaning_of(at(shown));
  CHECK(meaning.times == Times::kOnce);
  CHECK(to_rfc3339(meaning.by_offset_before) == to_rfc3339(at(moment)));
  CHECK(meaning.by_offset_after == meaning.by_offset_before);
}

void check_change(const TimeZone& zone, Times times, std::string_view shown, std::string_view before,
                  std::string_view after) {
  CAPTURE(shown);
  const auto meaning = zone.meaning_of(at(shown));
  CHECK(meaning.times == times);
  CHECK(to_rfc3339(meaning.by_offset_before) == to_rfc3339(at(before)));
  CHECK(to_rfc3339(meaning.by_offset_after) == to_rfc3339(at(after)));
}

TEST_CASE("A4: a zone without summer time has one offset") {
  check_once(zone_with("JST-9"), "2026-10-02T09:00:00", "2026-10-02T00:00:00");
  check_once(zone_with("<-0330>3:30"), "2026-10-02T09:00:00.25", "2026-10-02T12:30:00.25");
  check_once(zone_with("UTC0"), "1969-12-31T23:59:59.5", "1969-12-31T23:59:59.5");
}

TEST_CASE("A4: a zone with summer time by a rule skips an hour and shows an hour twice") {
  const TimeZone zone = zone_with(kBerlin);
  for (const char* year : {"1970", "2026", "2500"}) {
    const std::string of(year);
    check_once(zone, of + "-01-15T12:00:00", of + "-01-15T11:00:00");
    check_once(zone, of + "-07-15T12:00:00", of + "-07-15T10:00:00");
  }
  check_once(zone, "2026-03-29T01:59:59.999999", "2026-03-29T00:59:59.999999");
  check_change(zone, Times::kSkipped, "2026-03-29T02:00:00", "2026-03-29T01:00:00", "2026-03-29T00:00:00");
  check_change(zone, Times::kSkipped, "2026-03-29T02:59:59.999999", "2026-03-29T01:59:59.999999",
               "2026-03-29T00:59:59.999999");
  check_once(zone, "2026-03-29T03:00:00", "2026-03-29T01:00:00");
  check_once(zone, "2026-10-25T01:59:59", "2026-10-24T23:59:59");
  check_change(zone, Times::kTwice, "2026-10-25T02:00:00", "2026-10-25T00:00:00", "2026-10-25T01:00:00");
  check_change(zone, Times::kTwice, "2026-10-25T02:59:59", "2026-10-25T00:59:59", "2026-10-25T01:59:59");
  check_once(zone, "2026-10-25T03:00:00", "2026-10-25T02:00:00");
}

TEST_CASE("A4: rules count days of the year, and may be those of the south, or of always") {
  const TimeZone south = zone_with("AEST-10AEDT,M10.1.0,M4.1.0/3");
  check_once(south, "2026-01-01T00:00:00", "2025-12-31T13:00:00");
  check_once(south, "2026-06-01T00:00:00", "2026-05-31T14:00:00");
  check_change(south, Times::kTwice, "2026-04-05T02:30:00", "2026-04-04T15:30:00", "2026-04-04T16:30:00");
  // J60 is the first of March in every year, 59 only in some.
  const TimeZone julian = zone_with("AAA0BBB,J60/0,J300/0");
  check_once(julian, "2024-02-29T23:30:00", "2024-02-29T23:30:00");
  check_once(julian, "2024-03-01T12:00:00", "2024-03-01T11:00:00");
  const TimeZone counted = zone_with("AAA0BBB,59/0,300/0");
  check_once(counted, "2024-02-29T12:00:00", "2024-02-29T11:00:00");
  check_once(counted, "2023-02-28T12:00:00", "2023-02-28T12:00:00");
  const TimeZone always = zone_with("ABC3EDT4,0/0,J365/23", {-14'400});
  check_once(always, "2026-01-01T00:00:00", "2026-01-01T04:00:00");
  check_once(always, "2026-07-01T00:00:00", "2026-07-01T04:00:00");
}

TEST_CASE("A4: the changes of a file count before its rule") {
  // Until 2000 one hour, then nine hours, then as in Berlin from 2010 on.
  const std::int64_t first = at("2000-01-01T00:00:00").microseconds / ledger::kMicrosecondsPerSecond;
  const std::int64_t second = at("2010-01-01T00:00:00").microseconds / ledger::kMicrosecondsPerSecond;
  const TimeZone zone = zone_with(kBerlin, {3'600, 32'400}, {{first, 1}, {second, 0}});
  check_once(zone, "1950-07-01T12:00:00", "1950-07-01T11:00:00");
  check_change(zone, Times::kSkipped, "2000-01-01T05:00:00", "2000-01-01T04:00:00", "1999-12-31T20:00:00");
  check_once(zone, "2005-07-01T12:00:00", "2005-07-01T03:00:00");
  check_change(zone, Times::kTwice, "2010-01-01T05:00:00", "2009-12-31T20:00:00", "2010-01-01T04:00:00");
  check_once(zone, "2010-07-01T12:00:00", "2010-07-01T10:00:00");
}

TEST_CASE("A4: a file that is cut, altered or of another kind is refused or read") {
  const std::string file = zone_file({3'600, 7'200}, {{1'000'000, 1}, {2'000'000, 0}}, kBerlin);
  REQUIRE(TimeZone::parse("x", file));
  for (std::size_t length = 0; length < file.size(); ++length) {
    CHECK_FALSE(TimeZone::parse("x", file.substr(0, length)));
  }
  for (std::size_t i = 0; i < file.size(); ++i) {
    for (const char byte : {'\0', '\x7f', '\xff'}) {
      std::string altered = file;
      altered[i] = byte;
      if (const auto zone = TimeZone::parse("x", altered)) zone->meaning_of(at("2026-03-29T02:00:00"));
    }
  }
  for (const char* rule :
       {"CET", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0", "-1", "<CET-1", "CET-1CEST"}) {
    CHECK_FALSE(TimeZone::parse("x", zone_file({0}, {}, rule)));
  }
}

TEST_CASE("A4: a zone is found by its name, and by no path") {
  for (const char* name : {"", "Asia/Tokio", "/etc/passwd", "../zoneinfo/UTC", "Asia", "Asia/", "zone.tab"}) {
    CAPTURE(name);
    const auto zone = TimeZone::load(name);
    REQUIRE_FALSE(zone.ok());
    CHECK(zone.error().detail.find("is not the name of a time zone") != std::string::npos);
  }
  if (!std::filesystem::exists(std::string(kTimeZones) + "/Asia/Tokyo")) return;
  const auto tokyo = TimeZone::load("Asia/Tokyo");
  REQUIRE(tokyo.ok());
  check_once(*tokyo, "2026-10-02T09:00:00", "2026-10-02T00:00:00");
  check_once(*tokyo, "1949-07-01T10:00:00", "1949-07-01T00:00:00");  // with summer time in these years
  const auto apia = TimeZone::load("Pacific/Apia");
  REQUIRE(apia.ok());
  // Samoa crossed the date line and had no 30 December in 2011.
  check_change(*apia, Times::kSkipped, "2011-12-30T12:00:00", "2011-12-30T22:00:00", "2011-12-29T22:00:00");
  const auto berlin = TimeZone::load("Europe/Berlin");
  REQUIRE(berlin.ok());
  check_change(*berlin, Times::kTwice, "2026-10-25T02:30:00", "2026-10-25T00:30:00", "2026-10-25T01:30:00");
  check_once(*berlin, "2060-07-01T12:00:00", "2060-07-01T10:00:00");
}

}  // namespace
}  // namespace keyledger::tools::import
