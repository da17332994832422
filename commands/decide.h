// Decisions: (catalog, command, now) -> events, or a refusal.
//
// One pure function a command: no clock, no randomness, no I/O. `now` is the moment of the decision; ids and
// digests come with the command. No events and no refusal means that what was asked for is so already.
#pragma once

#include <vector>

#include "commands/command.h"
#include "ledger/event_log.h"
#include "ledger/values/error.h"
#include "projections/catalog.h"

namespace keyledger::commands {

struct Decision {
  std::vector<ledger::Event> events;
  // What the command was about, if it was about one entity.
  std::optional<ledger::EntityRef> entity;
};

using Decided = ledger::Result<Decision, ledger::Refusal>;

// With an expected version, a command about a key is refused unless the key has just that, and a command
// about anything else is refused.
Decided decide(const projections::Catalog& catalog, const Command& command, ledger::Timestamp now,
               std::optional<std::uint32_t> expected_version = std::nullopt);

// Limits of what a command may say.
constexpr std::size_t kNameBytesMax = 255;
constexpr std::size_t kUsernameBytesMax = 150;
constexpr std::size_t kDescriptionCharactersMax = 255;
constexpr std::size_t kTagsMax = 32;
constexpr std::size_t kTagBytesMax = 64;
constexpr std::size_t kAnnotationsMax = 32;
constexpr std::size_t kAnnotationNameBytesMax = 255;
constexpr std::size_t kAnnotationCharactersMax = 2048;
// An event takes as many annotations as have no more bytes than this. With them, its description and its tags
// it fits into a record, also with the longest reason.
constexpr std::size_t kAnnotationBytesPerEvent = 49'152;
constexpr std::size_t kAddressRangesMax = 64;
constexpr std::size_t kImportObjectsMax = 1'000'000;  // of each kind
constexpr std::int64_t kGraceMax = 366 * ledger::kMicrosecondsPerDay;

}  // namespace keyledger::commands
