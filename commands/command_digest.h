// What makes a repeated command the same command: SHA-256 over what its sender chose, without the ids and
// digests that were drawn for it. Stored with an idempotency id, so the result for a given command never
// changes.
#pragma once

#include "commands/command.h"
#include "ledger/merkle.h"

namespace keyledger::commands {

ledger::Hash command_digest(const Command& command);

}  // namespace keyledger::commands
