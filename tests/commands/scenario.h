// Scenario: given these events, when this command, then these events or that refusal.
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
  // A command that was decided before, and done.
  Scenario& given(const Command& command) {
    auto decided = when(command);
    if (!decided) FAIL(decided.error().message());
    if (decided->events.empty()) return *this;
    ledger::Record record;
    record.events = std::move(decided->events);
    story.add(std::move(record));
    return *this;
  }

  Decided when(const Command& command) const { return decide(story.catalog(), command, story.now()); }

  // The events of a command that must not be refused.
  std::vector<ledger::Event> events_of(const Command& command) const {
    auto decided = when(command);
    if (!decided) FAIL(decided.error().message());
    return std::move(decided->events);
  }

  // The refusal of a command that must be refused.
  ledger::Refusal refusal_of(const Command& command) const {
    const auto decided = when(command);
    if (decided.ok()) FAIL("the command was not refused");
    return decided.error();
  }

  tests::Story story;
};

}  // namespace keyledger::commands
