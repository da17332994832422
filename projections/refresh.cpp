#include "projections/refresh.h"

#include <algorithm>

namespace keyledger::projections {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every fold

std::optional<Timestamp> refreshed_expiry(const Policy& policy, Timestamp created, Timestamp expiry,
                                          Timestamp now) {
  if (policy.refresh_ttl == 0) return std::nullopt;
  const Timestamp moved =
      std::min(capped_expiry(policy, created, later_by(now, policy.refresh_ttl)), kLatest);
  if (moved <= later_by(expiry, policy.refresh_interval)) return std::nullopt;
  return moved;
}

Timestamp capped_expiry(const Policy& policy, Timestamp created, Timestamp expiry) {
  if (policy.refresh_ttl == 0 || policy.refresh_max == 0) return expiry;
  return std::min(expiry, later_by(created, policy.refresh_max));
}

}  // namespace keyledger::projections
