#include "tools/import/outline.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>

namespace keyledger::tools::import {

using ledger::ActiveFlag;

namespace {

// Returns true if a user or key goes into the import's own account, and the account is not in the import.
bool goes_into_own_account(const commands::ImportKeys& import) {
  const bool is_there =
      std::ranges::count(import.accounts, import.account, &commands::ImportedAccount::number) > 0;
  const auto has_none = [](const auto& text) { return text.empty(); };
  return !is_there && (std::ranges::any_of(import.users, has_none, &commands::ImportedUser::accounts) ||
                       std::ranges::any_of(import.keys, has_none, &commands::ImportedKey::account));
}

}  // namespace

ImportOutline outline_of(const commands::ImportKeys& import, ledger::Timestamp now) {
  ImportOutline outline{.accounts = import.accounts.size(),
                        .users = import.users.size(),
                        .clients = import.clients.size(),
                        .keys = import.keys.size()};
  outline.clients_requiring_key = static_cast<std::size_t>(std::ranges::count(
      import.clients, commands::AccessRule::kRequiresKey, &commands::ImportedClient::rule));
  if (goes_into_own_account(import)) ++outline.accounts;
  std::unordered_set<std::string_view> inactive_users;
  for (const auto& user : import.users) {
    if (user.active == ActiveFlag::kInactive) inactive_users.insert(user.username);
  }
  for (const auto& key : import.keys) {
    outline.assignments += key.clients.size();
    if (key.expiry && *key.expiry < now) {
      ++outline.keys_expired;
    } else if (key.active == ActiveFlag::kInactive) {
      ++outline.keys_inactive;
    } else if (inactive_users.contains(key.username)) {
      ++outline.keys_owner_inactive;
    } else {
      ++outline.keys_active;
    }
  }
  return outline;
}

boost::json::object json_of(const ImportOutline& outline) {
  return {{"accounts", outline.accounts},
          {"users", outline.users},
          {"clients", outline.clients},
          {"clients_requiring_key", outline.clients_requiring_key},
          {"keys", outline.keys},
          {"keys_active", outline.keys_active},
          {"keys_inactive", outline.keys_inactive},
          {"keys_expired", outline.keys_expired},
          {"keys_owner_inactive", outline.keys_owner_inactive},
          {"assignments", outline.assignments}};
}

}  // namespace keyledger::tools::import
