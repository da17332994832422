// Timestamp: a moment in UTC, in microseconds since 1970-01-01T00:00:00Z.
//
// Plain value. The clock is passed in from outside (Clock); nothing below `tools/` reads the system's clock.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace keyledger::ledger {

struct Timestamp {
  std::int64_t microseconds = 0;

  friend constexpr auto operator<=>(Timestamp, Timestamp) = default;
};

constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;
constexpr std::int64_t kMicrosecondsPerDay = 86'400 * kMicrosecondsPerSecond;

// The first moment of the year 0 and the last moment of the year 9999, the limits of RFC 3339.
constexpr Timestamp kEarliest{-62'167'219'200 * kMicrosecondsPerSecond};
constexpr Timestamp kLatest{253'402'300'800 * kMicrosecondsPerSecond - 1};

constexpr bool is_rfc3339(Timestamp time) { return kEarliest <= time && time <= kLatest; }

// Adds microseconds. If the sum overflows, returns the first or last moment that an integer can hold.
constexpr Timestamp later_by(Timestamp from, std::int64_t microseconds) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(from.microseconds, microseconds, &sum)) return Timestamp{sum};
  return Timestamp{microseconds < 0 ? std::numeric_limits<std::int64_t>::min()
                                    : std::numeric_limits<std::int64_t>::max()};
}

// Gives the present time. Any thread may call a clock.
using Clock = std::function<Timestamp()>;

// Writes RFC 3339 in UTC with microseconds: "2026-11-21T06:14:56.123456Z". A moment outside the years 0000 to
// 9999 is written as the nearest moment inside.
std::string to_rfc3339(Timestamp time);

// Reads RFC 3339 with any offset and up to nine fraction digits (cut to microseconds), or a bare date, which
// means its first moment in UTC. Returns nothing for any other text, and for a day that does not exist.
std::optional<Timestamp> parse_rfc3339(std::string_view text);

// Reads "90s", "15m", "10h", "30d", "2w", "250ms" or "40us", and returns microseconds. Returns nothing for
// any other text, and for more than ten thousand years.
std::optional<std::int64_t> parse_duration(std::string_view text);

// Returns the shortest text that parse_duration() reads: "1h" for 3600 seconds, "90s" for 90. `microseconds`
// must not be negative.
std::string duration_text(std::int64_t microseconds);

// Reads what parse_rfc3339() reads, and also moments relative to `now`: "-15m", "-2d", "-36h", "-30s",
// "+90d", "now".
std::optional<Timestamp> parse_moment(std::string_view text, Timestamp now);

}  // namespace keyledger::ledger
