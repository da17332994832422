#include "ledger/values/rate_limit.h"

#include <algorithm>

#include "ledger/values/ascii_text.h"

namespace keyledger::ledger {
namespace {

// Rounded up, because in the long run a window must never allow more than `requests`.
std::int64_t interval_of(const RateLimit& limit) {
  return (limit.window + limit.requests - 1) / limit.requests;
}

}  // namespace

bool is_well_formed(const RateLimit& limit) {
  return limit.requests >= 1 && limit.requests <= kRateRequestsMax && limit.window >= limit.requests &&
         limit.window <= kRateWindowMax;
}

std::optional<RateLimit> parse_rate_limit(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  RateLimit limit;
  const auto requests = number_from<decltype(limit.requests)>(text.substr(0, slash));
  const auto window = parse_duration(text.substr(slash + 1));
  if (!requests || !window) return std::nullopt;
  limit.requests = *requests;
  limit.window = *window;
  if (!is_well_formed(limit)) return std::nullopt;
  return limit;
}

std::string to_string(const RateLimit& limit) {
  return std::to_string(limit.requests) + "/" + duration_text(limit.window);
}

Timestamp after_use(const RateLimit& limit, Timestamp tat, Timestamp now) {
  return later_by(std::max(tat, now), interval_of(limit));
}

std::int64_t retry_after(const RateLimit& limit, Timestamp tat, Timestamp now) {
  const std::int64_t tolerance = interval_of(limit) * limit.requests;
  const Timestamp earliest = later_by(after_use(limit, tat, now), -tolerance);
  return std::max<std::int64_t>(0, earliest.microseconds - now.microseconds);
}

}  // namespace keyledger::ledger
