// Timestamp: a moment in UTC, in microseconds since 1970-01-01T00:00:00Z.
//
// Plain value. The clock itself is handed in from outside (Clock); nothing below `tools/` reads the system's.
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

// The first moment of the year 0 and the last of the year 9999: RFC 3339 has no others.
constexpr Timestamp kEarliest{-62'167'219'200 * kMicrosecondsPerSecond};
constexpr Timestamp kLatest{253'402'300'800 * kMicrosecondsPerSecond - 1};

constexpr bool is_rfc3339(Timestamp time) { return kEarliest <= time && time <= kLatest; }

// Far beyond the years above it stops, at the end of what an integer holds.
constexpr Timestamp later_by(Timestamp from, std::int64_t microseconds) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(from.microseconds, microseconds, &sum)) return Timestamp{sum};
  return Timestamp{microseconds < 0 ? std::numeric_limits<std::int64_t>::min()
                                    : std::numeric_limits<std::int64_t>::max()};
}

// Where the time comes from; called from any thread.
using Clock = std::function<Timestamp()>;

// RFC 3339 in UTC with microseconds: "2026-11-21T06:14:56.123456Z". Years 0000 to 9999; a moment outside is
// shown as the nearest one inside.
std::string to_rfc3339(Timestamp time);

// Reads RFC 3339 with any offset and up to nine fraction digits (cut to microseconds), or a bare date,
// meaning its first moment in UTC. Nothing if the text is anything else, or names a day that does not exist.
std::optional<Timestamp> parse_rfc3339(std::string_view text);

// "90s", "15m", "10h", "30d", "2w", "250ms", "40us" in microseconds; nothing for any other text, and for more
// than ten thousand years.
std::optional<std::int64_t> parse_duration(std::string_view text);

// The shortest such text: "1h" for 3600 seconds, "90s" for 90. `microseconds` is not negative.
std::string duration_text(std::int64_t microseconds);

// As parse_rfc3339, and also moments relative to `now`: "-15m", "-2d", "-36h", "-30s", "+90d", "now".
std::optional<Timestamp> parse_moment(std::string_view text, Timestamp now);

}  // namespace keyledger::ledger
