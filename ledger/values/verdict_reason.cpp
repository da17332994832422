#include "ledger/values/verdict_reason.h"

#include "ledger/values/ensure.h"

namespace keyledger::ledger {
namespace {

constexpr std::string_view kInvalidToken = "Invalid token.";

constexpr std::array<VerdictReasonEntry, kVerdictReasons> kEntries = {{
    {"allowed", "Allowed.", "Allowed."},
    {"malformed", kInvalidToken, "The token is malformed: empty, too long, not text, or mistyped."},
    {"unknown", kInvalidToken, "No key has this token."},
    {"deleted", kInvalidToken, "The key is deleted."},
    {"expired", kInvalidToken,
     "The key has expired, or the secret was replaced and its grace period is over."},
    {"inactive", "Api key is not activated.", "The key is not active."},
    {"owner_inactive", "User inactive or deleted.", "The key's owner is not active."},
    {"account_closed", "Account closed.", "The key's account is closed."},
    {"address_not_allowed", "Address not allowed.",
     "The key has an allow-list, and the caller's address is unknown or not on the list."},
    {"client_unknown", "Client not found.", "There is no such client."},
    {"account_mismatch", "Forbidden. Please provide a valid API key.",
     "The key, its owner and the client do not belong to the same account."},
    {"not_assigned", "Forbidden. Please provide a valid API key.", "The key is not assigned to this client."},
    {"rate_limited", "Request was throttled.", "The key has used up its rate limit."},
    {"key_required", "Forbidden. Please provide a valid API key.",
     "The caller presented no token, and the question names no public client."},
    {"name_ambiguous", "Client not found.",
     "Several accounts have a client of this name: ask for ACCOUNT/NAME or for the client's id."},
}};

}  // namespace

const VerdictReasonEntry& entry_of(VerdictReason reason) {
  const auto index = static_cast<std::size_t>(reason);
  ENSURE(index < kEntries.size(), "a verdict reason out of range");
  return kEntries[index];
}

std::optional<VerdictReason> verdict_reason_from(std::uint64_t number) {
  if (number >= kVerdictReasons) return std::nullopt;
  return static_cast<VerdictReason>(number);
}

}  // namespace keyledger::ledger
