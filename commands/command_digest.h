// The digest of a command tells whether two commands with one idempotency id are the same command.
//
// SHA-256 over everything chosen by the sender, without the ids and digests drawn for the command. Digests
// are stored with idempotency ids, and therefore the digest of a given command must never change.
#pragma once

#include "commands/command.h"
#include "ledger/merkle.h"

namespace keyledger::commands {

ledger::Hash command_digest(const Command& command);

}  // namespace keyledger::commands
