// VerdictReason: why a question was answered with no, or that it was not.
//
// The numbers are stored in events and sent on the wire; one that is given stays. Their order here is the
// order in which the rules are judged: the first that applies is the answer.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace keyledger::ledger {

enum class VerdictReason : std::uint8_t {
  kAllowed = 0,
  kMalformed = 1,
  kUnknown = 2,
  kDeleted = 3,
  kExpired = 4,
  kInactive = 5,
  kOwnerInactive = 6,
  kAccountClosed = 7,
  kAddressNotAllowed = 8,
  kClientUnknown = 9,
  kAccountMismatch = 10,
  kNotAssigned = 11,
  kRateLimited = 12,
  kKeyRequired = 13,  // no token was presented and the client is not public
};

constexpr std::size_t kVerdictReasons = 14;

struct VerdictReasonEntry {
  std::string_view name;      // stable, snake_case
  std::string_view stranger;  // what somebody outside is told
  std::string_view trusted;   // what a trusted caller and the operator are told
};

const VerdictReasonEntry& entry_of(VerdictReason reason);

// Nothing for a number that was never given.
std::optional<VerdictReason> verdict_reason_from(std::uint64_t number);

}  // namespace keyledger::ledger
