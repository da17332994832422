// RateLimit: `requests` uses of a key per `window`, on average.
//
// Judged by the generic cell rate algorithm (GCRA; ITU-T I.371, annex A, virtual scheduling). Every allowed
// use moves a theoretical arrival time on by one interval. A use is refused if it would move this time more
// than a window into the future. A rested key may be used `requests` times at once, then once an interval.
// Plain value; pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/values/timestamp.h"

namespace keyledger::ledger {

constexpr std::uint32_t kRateRequestsMax = 1'000'000'000;
constexpr std::int64_t kRateWindowMax = 366 * kMicrosecondsPerDay;

struct RateLimit {
  std::uint32_t requests = 1;
  std::int64_t window = kMicrosecondsPerSecond;  // microseconds

  friend bool operator==(const RateLimit&, const RateLimit&) = default;
};

// Returns whether `requests` is 1 to kRateRequestsMax, and the window at least a microsecond for each request
// and at most kRateWindowMax.
bool is_well_formed(const RateLimit& limit);

// Reads "100/60s" or "5/1h". Returns nothing for any other text, and for a limit that is not well-formed.
std::optional<RateLimit> parse_rate_limit(std::string_view text);
std::string to_string(const RateLimit& limit);

// Returns the theoretical arrival time after an allowed use at `now`. `tat` is the theoretical arrival time
// before.
Timestamp after_use(const RateLimit& limit, Timestamp tat, Timestamp now);

// Returns the microseconds from `now` until a use is allowed; 0 if a use is allowed now.
std::int64_t retry_after(const RateLimit& limit, Timestamp tat, Timestamp now);

}  // namespace keyledger::ledger
