// The context of a command, given by the caller, and the outcome, given back to the caller.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "commands/difference.h"
#include "ledger/events.h"
#include "ledger/record.h"
#include "ledger/values/error.h"
#include "projections/rows.h"

namespace keyledger::commands {

constexpr std::size_t kReasonBytesMax = 1'000;
constexpr std::size_t kIdempotencyIdBytesMax = 64;

// The actor, origin and reason of a command.
struct CommandContext {
  ledger::Actor actor;
  ledger::Origin origin;
  std::string reason;
  std::string idempotency_id;
  std::optional<std::uint32_t> expected_version;  // of the key that the command is about
};

// A command done now, or by an earlier attempt.
struct Done {
  ledger::Position first;     // of the command's first event; kBeforeFirst if nothing had to change
  ledger::Position position;  // every state at this position or later includes the command
  std::uint64_t events = 0;
  bool repeated = false;  // the idempotency id was known: the rest tells what the first attempt did
  // The entity of the command in the present state, without usage; `place` is the entity's place for
  // projections::complete().
  std::optional<projections::Row> entity;
  std::size_t place = 0;
  ImportCounts added = {};   // by an import
  ImportReport report = {};  // of an import; empty if repeated

  // Counts events of the command, with the entities and assignments added by the events.
  void count(const std::vector<ledger::Event>& appended);

  friend bool operator==(const Done&, const Done&) = default;
};

// A Refusal if a rule forbids the command, an Error if the machine failed.
using Outcome = std::variant<Done, ledger::Refusal, ledger::Error>;

// Returns a refusal if the reason, an import's source or the idempotency id breaks a limit above; otherwise
// nothing.
std::optional<ledger::Refusal> refuse_context(const CommandContext& context);

}  // namespace keyledger::commands
