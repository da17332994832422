// Names for the clients of a dump that are unique in their accounts.
//
// Two users of one account of Smarter can have a client of the same name each; the ledger has names per
// account. Neither then keeps it: each is named NAME_PK, after its primary key in the project. So a name
// never comes to mean another client when a later dump lacks one of them, and no key is let into a client
// that it was not assigned to. Pure; one thread.
#pragma once

#include <vector>

#include "commands/command.h"
#include "tools/import/dump_table.h"
#include "tools/import/smarter_rows.h"
#include "tools/import/unmapped.h"

namespace keyledger::tools::import {

// `clients` are those of the rows, in their order, with their accounts; each gets its name.
void name_clients(const DumpTable<ClientRow>& rows, std::vector<commands::ImportedClient>& clients,
                  UnmappedList& unmapped);

}  // namespace keyledger::tools::import
