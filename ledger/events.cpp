#include "ledger/events.h"

#include <array>

namespace keyledger::ledger {

std::string_view name_of(const Event& event) {
  // In the order of the variant.
  static constexpr std::array<std::string_view, std::variant_size_v<Event>> kNames = {
      "AccountOpened",     "UserRegistered",       "UserJoinedAccount",    "ClientRegistered",
      "KeyCreated",        "KeyImported",          "KeyActivated",         "KeyDeactivated",
      "KeyDeleted",        "KeyAssigned",          "KeyUnassigned",        "KeysUsed",
      "UsesDenied",        "UnknownTokensRefused", "AccountRenamed",       "AccountClosed",
      "UserStaffChanged",  "UserActiveChanged",    "UserLeftAccount",      "UserRemoved",
      "ClientRenamed",     "ClientOpenedToPublic", "ClientClosedToPublic", "ClientRemoved",
      "KeyRenamed",        "KeyDescribed",         "KeyExpiryChanged",     "KeyRotated",
      "KeyLimitChanged",   "KeyAllowListChanged",  "PolicyChanged",        "KeyAnnotated",
      "CommandHadNoEffect"};
  return kNames[event.index()];
}

const UseBlock* uses_of(const Event& event) {
  if (const auto* used = std::get_if<KeysUsed>(&event)) return &used->block;
  if (const auto* denied = std::get_if<UsesDenied>(&event)) return &denied->block;
  return nullptr;
}

std::uint64_t positions_of(const Event& event) {
  const UseBlock* block = uses_of(event);
  return block == nullptr ? 1 : block->uses.size();
}

}  // namespace keyledger::ledger
