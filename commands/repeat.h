// Repeats: commands with an idempotency id that is in the log already.
//
// After a lost answer, a client sends the command again with the same id. The command is then not done again:
// the answer tells what the first attempt did.
#pragma once

#include <optional>
#include <string>

#include "commands/command.h"
#include "commands/outcome.h"
#include "ledger/event_log.h"

namespace keyledger::commands {

struct Repeat {
  // The outcome of the first attempt, without the entity. A Refusal (kIdempotencyConflict) if the first
  // attempt was another command; an Error if the log cannot be read.
  Outcome outcome;
  std::optional<ledger::EntityRef> entity;  // that the first attempt was about
};

// Finds the first attempt with this idempotency id; returns nothing if the id is new. Any thread.
std::optional<Repeat> find_repeat(const ledger::Log& log, const ledger::LogIndex& index,
                                  const std::string& idempotency_id, const Command& command);

}  // namespace keyledger::commands
