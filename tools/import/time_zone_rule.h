// TimeZoneRule: how the offset of a time zone changes every year, as POSIX writes such rules:
// "CET-1CEST,M3.5.0,M10.5.0/3" (POSIX.1-2017, section 8.3, with the hours of RFC 8536, section 3.3.1).
//
// Part of the reader in time_zone.h. A value; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace keyledger::tools::import {

// A change of the offset from UTC, in seconds since 1970 and seconds east of UTC.
struct OffsetChange {
  std::int64_t at = 0;
  std::int64_t before = 0;
  std::int64_t after = 0;
};

class TimeZoneRule {
 public:
  // Returns nothing if the text is not such a rule.
  static std::optional<TimeZoneRule> parse(std::string_view text);

  // Returns the offset outside of summer time.
  std::int64_t standard() const { return standard_; }
  // Returns the changes of the year, ascending; empty if there is no summer time.
  std::vector<OffsetChange> changes_in(int year) const;

 private:
  // A day of the year, and the time on the clock at which the offset changes.
  struct Day {
    enum class Form : std::uint8_t { kWithoutLeapDay, kWithLeapDay, kWeekday };
    Form form{};
    int month = 0;
    int week = 0;  // 5: the last of the month
    int day = 0;   // of the week for kWeekday, from 0 for Sunday; else of the year
    std::int64_t time = 7'200;

    std::int64_t in(int year) const;  // in seconds since 1970 on the clock
  };
  class Reader;

  std::int64_t standard_ = 0;
  std::int64_t summer_ = 0;
  std::optional<Day> summer_begins_;
  std::optional<Day> summer_ends_;
};

}  // namespace keyledger::tools::import
