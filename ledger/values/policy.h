// Policy: rules for all keys of a ledger. A new ledger has the defaults below; PolicyChanged replaces the
// whole policy. Plain value.
#pragma once

#include <algorithm>
#include <cstdint>

#include "ledger/values/timestamp.h"

namespace keyledger::ledger {

// The treatment of keys older than their maximum lifetime.
enum class LifetimeRule : std::uint8_t { kWarn = 0, kEnforce = 1 };

struct Policy {
  std::uint32_t max_lifetime_days = 1095;  // from a key's creation; 0: forever
  LifetimeRule lifetime_rule = LifetimeRule::kWarn;
  std::uint32_t keys_per_user = 0;  // counts undeleted and unexpired keys; 0: no limit

  // Auto refresh, in microseconds. A use moves a key's expiry to `refresh_ttl` after the use, if the new
  // expiry is more than `refresh_interval` later than the stored expiry. The new expiry is at most
  // `refresh_max` after the key's creation. A key without expiry is not changed.
  std::int64_t refresh_ttl = 0;  // 0: no auto refresh
  std::int64_t refresh_interval = 60 * kMicrosecondsPerSecond;
  std::int64_t refresh_max = 0;  // 0: no limit

  friend bool operator==(const Policy&, const Policy&) = default;
};

constexpr std::uint32_t kLifetimeDaysMax = 100 * 365;
constexpr std::int64_t kRefreshMax = std::int64_t{kLifetimeDaysMax} * kMicrosecondsPerDay;

// Returns whether every figure is within its bounds.
constexpr bool is_well_formed(const Policy& policy) {
  const auto is_time = [](std::int64_t value) { return value >= 0 && value <= kRefreshMax; };
  return policy.max_lifetime_days <= kLifetimeDaysMax && is_time(policy.refresh_ttl) &&
         is_time(policy.refresh_interval) && is_time(policy.refresh_max);
}

// Returns the last valid moment of a key with these times: the earlier of its expiry and the end of an
// enforced lifetime.
constexpr Timestamp last_moment(const Policy& policy, Timestamp created, Timestamp expiry) {
  if (policy.lifetime_rule == LifetimeRule::kWarn || policy.max_lifetime_days == 0) return expiry;
  return std::min(expiry, later_by(created, policy.max_lifetime_days * kMicrosecondsPerDay));
}

}  // namespace keyledger::ledger
