#include "projections/permissions.h"

#include <algorithm>

namespace keyledger::projections {

bool may(const UserRow& user, const KeyRow& key, Permission permission, const std::string& platform_account) {
  if (user.removed || !user.active) return false;
  const bool is_own = key.owner == user.username;
  const bool is_of_account = std::ranges::find(user.accounts, key.account) != user.accounts.end();
  if (permission == Permission::kManage) return is_own || (user.staff && is_of_account);
  return is_own || is_of_account || (!platform_account.empty() && key.account == platform_account);
}

}  // namespace keyledger::projections
