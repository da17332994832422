// Permissions: the keys that a user of a platform may see and manage. A platform asks on behalf of its users;
// Keyledger's own operators, who reach the socket, may do everything. Pure.
//
//   manage  a staff user: every key of the user's accounts; any other user: their own keys
//   read    the user's own keys, every key of the user's accounts, and those of the platform's own account
#pragma once

#include <cstdint>
#include <string>

#include "projections/rows.h"

namespace keyledger::projections {

enum class Permission : std::uint8_t { kRead, kManage };

// Returns whether the user has the permission for the key. A removed or inactive user has no permission.
// Every other user may read the keys of `platform_account`, unless the text is empty.
bool may(const UserRow& user, const KeyRow& key, Permission permission, const std::string& platform_account);

}  // namespace keyledger::projections
