// Decisions: (catalog, command, now) -> events, or a refusal.
//
// One pure function a command: no clock, no randomness, no I/O. `now` is the moment of the decision; ids and
// digests come with the command. No events and no refusal means that what was asked for is so already.
#pragma once

#include <vector>

#include "commands/command.h"
#include "ledger/error.h"
#include "projections/catalog.h"

namespace keyledger::commands {

struct Decision {
  std::vector<ledger::Event> events;
  // What the command was about, as far as it was about one.
  ledger::KeyNumber key;
  ledger::ClientNumber client;
};

using Decided = ledger::Result<Decision, ledger::Refusal>;

Decided decide(const projections::Catalog& catalog, const Command& command, ledger::Timestamp now);

Decided decide_import(const projections::Catalog& catalog, const ImportKeys& command);

// Limits of what a command may say.
constexpr std::size_t kNameBytesMax = 255;
constexpr std::size_t kUsernameBytesMax = 150;
constexpr std::size_t kDescriptionCharactersMax = 255;
constexpr std::size_t kTagsMax = 32;
constexpr std::size_t kTagBytesMax = 64;
constexpr std::size_t kImportObjectsMax = 1'000'000;

}  // namespace keyledger::commands
