// Permissions: whose keys a user of a platform may see and manage. Keyledger's own operators, who reach its
// socket, may everything; this is what a platform asks on behalf of its users. Pure.
//
//   manage  a staff user: every key of his accounts; anybody else: his own keys
//   read    every key of his accounts, and those of the platform's own account
#pragma once

#include <cstdint>
#include <string>

#include "projections/rows.h"

namespace keyledger::projections {

enum class Permission : std::uint8_t { kRead, kManage };

// A user who is removed or not active may nothing. `platform_account`: one that everybody may read; empty:
// none.
bool may(const UserRow& user, const KeyRow& key, Permission permission, const std::string& platform_account);

}  // namespace keyledger::projections
