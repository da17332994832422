#include "ledger/values/timestamp.h"

#include <catch2/catch.hpp>
#include <limits>
#include <random>

#include "tests/support/seed.h"

namespace keyledger::ledger {

TEST_CASE("a moment is written in RFC 3339 with microseconds, in UTC") {
  CHECK(to_rfc3339(Timestamp{0}) == "1970-01-01T00:00:00.000000Z");
  CHECK(to_rfc3339(Timestamp{1'795'241'696'123'456}) == "2026-11-21T06:14:56.123456Z");
  CHECK(to_rfc3339(Timestamp{-1}) == "1969-12-31T23:59:59.999999Z");
}

TEST_CASE("a moment outside of the years that can be written is shown as the nearest one inside") {
  CHECK(to_rfc3339(Timestamp{std::numeric_limits<std::int64_t>::min()}) == "0000-01-01T00:00:00.000000Z");
  CHECK(to_rfc3339(Timestamp{std::numeric_limits<std::int64_t>::max()}) == "9999-12-31T23:59:59.999999Z");
}

TEST_CASE("RFC 3339 is read with any offset and up to nine fraction digits") {
  const Timestamp moment{1'795'241'696'000'000};
  CHECK(parse_rfc3339("2026-11-21T06:14:56Z") == moment);
  CHECK(parse_rfc3339("2026-11-21t06:14:56z") == moment);
  CHECK(parse_rfc3339("2026-11-21 06:14:56+00:00") == moment);
  CHECK(parse_rfc3339("2026-11-21T07:44:56+01:30") == moment);
  CHECK(parse_rfc3339("2026-11-20T22:14:56-08:00") == moment);
  CHECK(parse_rfc3339("2026-11-21T06:14:56.5Z") == later_by(moment, 500'000));
  CHECK(parse_rfc3339("2026-11-21T06:14:56.123456789Z") == later_by(moment, 123'456));
  CHECK(parse_rfc3339("2026-11-21") == parse_rfc3339("2026-11-21T00:00:00Z"));
}

TEST_CASE("a leap second reads as the second after it") {
  CHECK(parse_rfc3339("2016-12-31T23:59:60Z") == parse_rfc3339("2017-01-01T00:00:00Z"));
}

TEST_CASE("what is not a moment is not read as one") {
  const std::string text =
      GENERATE("", "2026", "2026-11", "2026-11-31", "2025-02-29", "2026-13-01", "2026-00-01", "2026-11-00",
               "2026-11-21T", "2026-11-21T06:14:56", "2026-11-21T24:00:00Z", "2026-11-21T06:60:00Z",
               "2026-11-21T06:14:61Z", "2026-11-21T06:14:56.Z", "2026-11-21T06:14:56.1234567890Z",
               "2026-11-21T06:14:56+0100", "2026-11-21T06:14:56+24:00", "2026-11-21T06:14:56Z ",
               " 2026-11-21T06:14:56Z", "+2026-11-21", "2026-1-21", "20261121", "tomorrow");
  CAPTURE(text);
  CHECK(!parse_rfc3339(text));
}

TEST_CASE("what is written is read as the same moment") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 10'000; ++i) {
    const Timestamp time{static_cast<std::int64_t>(random() % 250'000'000'000'000'000)};
    CHECK(parse_rfc3339(to_rfc3339(time)) == time);
  }
}

TEST_CASE("a moment may be given relative to now") {
  const Timestamp now{1'795'241'696'123'456};
  CHECK(parse_moment("now", now) == now);
  CHECK(parse_moment("-15m", now) == later_by(now, -15 * 60 * kMicrosecondsPerSecond));
  CHECK(parse_moment("-2d", now) == later_by(now, -2 * kMicrosecondsPerDay));
  CHECK(parse_moment("-36h", now) == later_by(now, -36 * 3600 * kMicrosecondsPerSecond));
  CHECK(parse_moment("-30s", now) == later_by(now, -30 * kMicrosecondsPerSecond));
  CHECK(parse_moment("+90d", now) == later_by(now, 90 * kMicrosecondsPerDay));
  CHECK(parse_moment("2026-11-21", now) == parse_rfc3339("2026-11-21"));
}

TEST_CASE("a relative moment that is malformed or too far away is not read") {
  const std::string text = GENERATE("-", "-5", "-d", "5d", "-5y", "--5d", "-5 d", "-1.5h", "-1234567890s",
                                    "-999999999d", "+999999999w", "NOW");
  CAPTURE(text);
  CHECK(!parse_moment(text, Timestamp{0}));
}

TEST_CASE("a moment later than any integer is the last one") {
  constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();
  CHECK(later_by(Timestamp{kEnd}, 1) == Timestamp{kEnd});
  CHECK(later_by(Timestamp{-kEnd}, -kEnd) == Timestamp{std::numeric_limits<std::int64_t>::min()});
  CHECK(later_by(kEarliest, 5) == Timestamp{kEarliest.microseconds + 5});
}

TEST_CASE("the years 0 to 9999 are those that can be written") {
  CHECK(is_rfc3339(kEarliest));
  CHECK(is_rfc3339(kLatest));
  CHECK_FALSE(is_rfc3339(later_by(kEarliest, -1)));
  CHECK_FALSE(is_rfc3339(later_by(kLatest, 1)));
  CHECK(to_rfc3339(kEarliest) == "0000-01-01T00:00:00.000000Z");
  CHECK(to_rfc3339(kLatest) == "9999-12-31T23:59:59.999999Z");
}

}  // namespace keyledger::ledger
