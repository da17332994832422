// RateLimit: so many uses of a key in so long a time.
//
// Judged by the generic cell rate algorithm (GCRA; ITU-T I.371, annex A, virtual scheduling): a theoretical
// arrival time moves on by one interval with every use that is allowed, and a use is refused that would move
// it more than a window into the future. A key that has rested may be used `requests` times at once, then
// once an interval. Plain value; pure functions.
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

// 1 to kRateRequestsMax requests, in a microsecond for each at least and kRateWindowMax at most.
bool is_well_formed(const RateLimit& limit);

// "100/60s", "5/1h"; nothing for any other text and for a limit that is not well-formed.
std::optional<RateLimit> parse_rate_limit(std::string_view text);
std::string to_string(const RateLimit& limit);

// The theoretical arrival time after a use at `now` that is allowed; `tat` is the one before it.
Timestamp after_use(const RateLimit& limit, Timestamp tat, Timestamp now);

// How long from `now` until a use is allowed, in microseconds; 0 if it is allowed now.
std::int64_t retry_after(const RateLimit& limit, Timestamp tat, Timestamp now);

}  // namespace keyledger::ledger
