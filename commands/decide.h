// Decisions: (catalog, command, now) -> events, or a refusal.
//
// Each command has a pure function: no clock, no randomness, no I/O. `now` is the moment of the decision; ids
// and digests come with the command. A decision without events means that nothing has to change.
#pragma once

#include <vector>

#include "commands/command.h"
#include "ledger/event_log.h"
#include "ledger/values/error.h"
#include "projections/catalog.h"

namespace keyledger::commands {

struct Decision {
  std::vector<ledger::Event> events;
  // The entity of a command about exactly one entity.
  std::optional<ledger::EntityRef> entity;
};

using Decided = ledger::Result<Decision, ledger::Refusal>;

// Decides the command. With an expected version, refuses a command about a key of another version, and every
// command that is not about a key.
Decided decide(const projections::Catalog& catalog, const Command& command, ledger::Timestamp now,
               std::optional<std::uint32_t> expected_version = std::nullopt);

// Limits for the texts and lists of a command.
constexpr std::size_t kNameBytesMax = 255;
constexpr std::size_t kUsernameBytesMax = 150;
constexpr std::size_t kDescriptionCharactersMax = 255;
constexpr std::size_t kTagsMax = 32;
constexpr std::size_t kTagBytesMax = 64;
constexpr std::size_t kAnnotationsMax = 32;
constexpr std::size_t kAnnotationNameBytesMax = 255;
constexpr std::size_t kAnnotationCharactersMax = 2048;
constexpr std::size_t kAddressRangesMax = 64;
constexpr std::size_t kImportObjectsMax = 1'000'000;  // of each kind
constexpr std::int64_t kGraceMax = 366 * ledger::kMicrosecondsPerDay;

}  // namespace keyledger::commands
