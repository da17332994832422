// Scenario: given events, when a command comes, then events or a refusal.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "commands/decide.h"
#include "tests/support/story.h"

namespace keyledger::commands {

class Scenario {
 public:
  // Decides the command and applies the events, before the command under test.
  Scenario& given(const Command& command) {
    auto decided = when(command);
    if (!decided) FAIL(decided.error().message());
    if (decided->events.empty()) return *this;
    ledger::Record record;
    if (std::holds_alternative<ImportKeys>(command)) record.actor = ledger::ImportActor{"dump.json"};
    record.events = std::move(decided->events);
    story.add(std::move(record));
    return *this;
  }

  Decided when(const Command& command) const { return decide(story.catalog(), command, story.now()); }

  // Returns the events of the command, which must not be refused.
  std::vector<ledger::Event> events_of(const Command& command) const {
    auto decided = when(command);
    if (!decided) FAIL(decided.error().message());
    return std::move(decided->events);
  }

  // Returns the refusal of the command, which must be refused.
  ledger::Refusal refusal_of(const Command& command) const {
    const auto decided = when(command);
    if (decided.ok()) FAIL("the command was not refused");
    return decided.error();
  }

  tests::Story story;
};

}  // namespace keyledger::commands
