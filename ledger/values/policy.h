// Policy: what holds for all keys of a ledger. Changed as a whole by PolicyChanged; a ledger begins with the
// defaults here. Plain value.
#pragma once

#include <algorithm>
#include <cstdint>

#include "ledger/values/timestamp.h"

namespace keyledger::ledger {

// What becomes of a key that is older than its maximum lifetime.
enum class LifetimeRule : std::uint8_t { kWarn = 0, kEnforce = 1 };

struct Policy {
  std::uint32_t max_lifetime_days = 1095;  // from a key's creation; 0: for ever
  LifetimeRule lifetime_rule = LifetimeRule::kWarn;
  std::uint32_t keys_per_user = 0;  // undeleted and unexpired ones; 0: any number

  // Auto refresh, in microseconds: a use moves a key's expiry to `refresh_ttl` after it, if that is later
  // than the stored expiry by more than `refresh_interval`, and never beyond `refresh_max` after its
  // creation. A key that never expires is not touched.
  std::int64_t refresh_ttl = 0;  // 0: expiries stay as they are
  std::int64_t refresh_interval = 60 * kMicrosecondsPerSecond;
  std::int64_t refresh_max = 0;  // 0: without end

  friend bool operator==(const Policy&, const Policy&) = default;
};

constexpr std::uint32_t kLifetimeDaysMax = 100 * 365;
constexpr std::int64_t kRefreshMax = std::int64_t{kLifetimeDaysMax} * kMicrosecondsPerDay;

// True if every figure is within its bounds.
constexpr bool is_well_formed(const Policy& policy) {
  const auto is_time = [](std::int64_t value) { return value >= 0 && value <= kRefreshMax; };
  return policy.max_lifetime_days <= kLifetimeDaysMax && is_time(policy.refresh_ttl) &&
         is_time(policy.refresh_interval) && is_time(policy.refresh_max);
}

// The last moment of a key that was `created` then and has `expiry`: an enforced lifetime may be over before.
constexpr Timestamp last_moment(const Policy& policy, Timestamp created, Timestamp expiry) {
  if (policy.lifetime_rule == LifetimeRule::kWarn || policy.max_lifetime_days == 0) return expiry;
  return std::min(expiry, later_by(created, policy.max_lifetime_days * kMicrosecondsPerDay));
}

}  // namespace keyledger::ledger
