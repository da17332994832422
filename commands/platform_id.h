// The ids of clients that come from a platform.
//
// A platform knows a client by a primary key, and renames the client freely. The id follows from the account
// and the primary key, so that every dump of the platform leads to the same client of the ledger. Pure.
#pragma once

#include <string_view>

#include "ledger/values/entity_ids.h"

namespace keyledger::commands {

// Returns a UUID of version 8 (RFC 9562, 5.8) from the SHA-256 of account number and primary key.
ledger::ClientId platform_client_id(std::string_view account, std::string_view primary_key);

// Returns true if the id has the form of platform_client_id().
bool is_platform_id(const ledger::ClientId& id);

}  // namespace keyledger::commands
