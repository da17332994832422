#include "ledger/values/rate_limit.h"

#include <catch2/catch.hpp>
#include <limits>

namespace keyledger::ledger {
namespace {

constexpr Timestamp kNever{std::numeric_limits<std::int64_t>::min()};
constexpr Timestamp kNoon{1'800'000'000'000'000};

// Returns how many of `tries` uses at once are allowed.
int burst(const RateLimit& limit, Timestamp& tat, Timestamp now, int tries) {
  int allowed = 0;
  for (int i = 0; i < tries; ++i) {
    if (retry_after(limit, tat, now) > 0) continue;
    tat = after_use(limit, tat, now);
    ++allowed;
  }
  return allowed;
}

}  // namespace

TEST_CASE("a rate limit is shown as it is written") {
  for (const char* text : {"100/1m", "5/30s", "1/1d", "1000000000/1h", "3/1us"}) {
    const auto limit = parse_rate_limit(text);
    CAPTURE(text);
    if (std::string(text) == "3/1us") {
      CHECK_FALSE(limit.has_value());  // less than a microsecond for each request
    } else {
      REQUIRE(limit.has_value());
      CHECK(to_string(*limit) == text);
    }
  }
  CHECK(parse_rate_limit("60/60s") == parse_rate_limit("60/1m"));
}

TEST_CASE("what is no rate limit is none") {
  for (const char* text : {"", "/", "5", "5/", "/1m", "0/1m", "-1/1m", "5/0s", "5/367d", "5/1x",
                           "1000000001/1d", "5/1m ", " 5/1m", "+5/1m", "5.5/1m"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_rate_limit(text).has_value());
  }
}

TEST_CASE("a rested key may be used as often as its limit says, and then once an interval") {
  const RateLimit limit{.requests = 5, .window = 60 * kMicrosecondsPerSecond};
  Timestamp tat = kNever;
  CHECK(burst(limit, tat, kNoon, 20) == 5);
  CHECK(retry_after(limit, tat, kNoon) == 12 * kMicrosecondsPerSecond);
  const Timestamp later = later_by(kNoon, 12 * kMicrosecondsPerSecond);
  CHECK(retry_after(limit, tat, later_by(later, -1)) == 1);
  CHECK(burst(limit, tat, later, 20) == 1);
  CHECK(burst(limit, tat, later_by(later, 60 * kMicrosecondsPerSecond), 20) == 5);
}

TEST_CASE("no window sees more uses than the limit, whatever the interval rounds to") {
  const RateLimit limit =
      GENERATE(RateLimit{.requests = 3, .window = 1'000'000}, RateLimit{.requests = 7, .window = 1'000'003},
               RateLimit{.requests = 1, .window = 1},
               RateLimit{.requests = kRateRequestsMax, .window = kRateRequestsMax});
  Timestamp tat = kNever;
  const int tries = limit.requests > 100 ? 100 : 20;
  const int most = limit.requests > 100 ? 100 : static_cast<int>(limit.requests);
  CHECK(burst(limit, tat, kNoon, tries) == most);
}

TEST_CASE("refused uses cost nothing") {
  const RateLimit limit{.requests = 1, .window = kMicrosecondsPerSecond};
  Timestamp tat = after_use(limit, kNever, kNoon);
  CHECK(burst(limit, tat, later_by(kNoon, 999'999), 100) == 0);
  CHECK(burst(limit, tat, later_by(kNoon, 1'000'000), 100) == 1);
}

}  // namespace keyledger::ledger
