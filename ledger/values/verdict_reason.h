// VerdictReason: the answer to a question, either "allowed" or the reason for a denial.
//
// Events store the numbers and the wire carries them, so a number never changes its meaning. Rules are judged
// in the order of the numbers, and the first applicable rule gives the answer; only kNameAmbiguous has the
// place of kClientUnknown.
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
  kKeyRequired = 13,    // no token was presented, and the client is not public
  kNameAmbiguous = 14,  // several accounts have a client of this name
};

constexpr std::size_t kVerdictReasons = 15;

struct VerdictReasonEntry {
  std::string_view name;      // stable, snake_case
  std::string_view stranger;  // the message for an outsider
  std::string_view trusted;   // the message for a trusted caller and the operator
};

const VerdictReasonEntry& entry_of(VerdictReason reason);

// Returns nothing for a number without a reason.
std::optional<VerdictReason> verdict_reason_from(std::uint64_t number);

}  // namespace keyledger::ledger
