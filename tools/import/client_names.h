// Gives the clients of a dump names unique in their accounts.
//
// In Smarter, two users of an account can each have a client with the same name; the ledger requires unique
// names in an account. Then neither client keeps the name: each is named NAME_PK, with its primary key in the
// project. As a result, a name never refers to a different client when a later dump lacks one of the two, and
// no key gains access to a client without an assignment. Pure; one thread.
#pragma once

#include <vector>

#include "commands/command.h"
#include "tools/import/dump_table.h"
#include "tools/import/smarter_rows.h"
#include "tools/import/unmapped.h"

namespace keyledger::tools::import {

// Sets the name of each client. `clients` correspond to the rows one by one and must have their accounts.
// Appends each changed name to `unmapped`.
void name_clients(const DumpTable<ClientRow>& rows, std::vector<commands::ImportedClient>& clients,
                  UnmappedList& unmapped);

}  // namespace keyledger::tools::import
