#include "commands/repeat.h"

#include <utility>
#include <vector>

#include "commands/command_digest.h"

namespace keyledger::commands {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every command

namespace {

// Every event names the main entity first, and a command's first event names the entity of the command.
std::optional<EntityRef> entity_of(const Command& command, const std::vector<Event>& events) {
  if (std::holds_alternative<ImportKeys>(command) || events.empty()) return std::nullopt;
  const std::vector<EntityRef> named = entities_of(events.front());
  return named.empty() ? std::nullopt : std::optional(named.front());
}

Repeat read_repeat(const Log& log, const IdempotencyEntry& entry, const std::string& idempotency_id,
                   const Command& command) {
  auto cursor = log.read(entry.first);
  if (!cursor) return {.outcome = cursor.error(), .entity = {}};
  Done done{.first = entry.first, .position = entry.last, .repeated = true};
  std::optional<EntityRef> entity;
  for (bool first = true;; first = false) {
    auto record = (*cursor)->next();
    if (!record) return {.outcome = record.error(), .entity = {}};
    if (!record->has_value() || entry.last < (*record)->position) break;
    if (first) entity = entity_of(command, (*record)->events);
    // Records of uses may lie between the records of an import.
    if ((*record)->idempotency_id == idempotency_id) done.count((*record)->events);
  }
  return {.outcome = std::move(done), .entity = entity};
}

}  // namespace

std::optional<Repeat> find_repeat(const Log& log, const LogIndex& index, const std::string& idempotency_id,
                                  const Command& command) {
  const auto known = index.find_idempotent(idempotency_id);
  if (!known) return Repeat{.outcome = known.error(), .entity = {}};
  if (!known->has_value()) return std::nullopt;
  const IdempotencyEntry& entry = **known;
  if (entry.command_digest != command_digest(command)) {
    return Repeat{.outcome = Refusal{RefusalCode::kIdempotencyConflict, idempotency_id}, .entity = {}};
  }
  if (entry.first == kBeforeFirst) {
    return Repeat{.outcome = Done{.position = entry.last, .repeated = true}, .entity = {}};
  }
  return read_repeat(log, entry, idempotency_id, command);
}

}  // namespace keyledger::commands
