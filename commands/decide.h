// Decisions: (catalog, command, now) -> events, or a refusal.
//
// Each command has a pure function: no clock, no randomness, no I/O. `now` is the moment of the decision; ids
// and digests come with the command. A decision without events means that nothing has to change.
#pragma once

#include <cstdint>
#include <optional>

#include "commands/command.h"
#include "commands/decision.h"
#include "projections/catalog.h"

namespace keyledger::commands {

// With an expected version, a command about a key is refused unless the key has just that, and a command
// about anything else is refused.
Decided decide(const projections::Catalog& catalog, const Command& command, ledger::Timestamp now,
               std::optional<std::uint32_t> expected_version = std::nullopt);

}  // namespace keyledger::commands
