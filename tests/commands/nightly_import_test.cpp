// A platform lives on for thirty days beside the ledger, and its dump is imported every night.
#include <catch2/catch.hpp>

#include "tests/support/platform_story.h"
#include "tests/support/seed.h"

namespace keyledger::tests {
namespace {

using commands::Danger;
using commands::DifferenceClass;
using commands::DifferenceSet;

// Everything but what operators removed.
DifferenceSet all_but_returns() {
  DifferenceSet set;
  for (std::size_t i = 0; i < commands::kDifferenceClasses; ++i) {
    const auto each = static_cast<DifferenceClass>(i);
    if (each != DifferenceClass::kReturns) set.insert(each);
  }
  return set;
}

DifferenceSet taken_in_night(int night) {
  if (night % 10 == 9) return all_but_returns();
  if (night % 4 == 3) return {DifferenceClass::kFlags, DifferenceClass::kExpiries, DifferenceClass::kNames};
  if (night % 7 == 6) return {DifferenceClass::kAssignments, DifferenceClass::kRemovals};
  return {};
}

// The report must name a danger as long as a verdict of the ledger differs from the platform's.
void check_night(const PlatformStory& story) {
  const auto answers = story.of_ledger();
  REQUIRE(answers == story.expected());
  const auto report = story.compare();
  const bool names_danger = !report.rows.empty() && report.rows.front().danger != Danger::kNone;
  REQUIRE((names_danger || answers == story.of_platform()));
  // Importing the same dump again would change nothing.
  REQUIRE(report.missing == commands::ImportCounts{});
}

}  // namespace

TEST_CASE("A1, A2: thirty nights beside a living platform end with an empty comparison") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  std::size_t dangers = 0;
  std::size_t quiet_nights = 0;
  for (std::uint64_t round = 0; round < 20; ++round) {
    CAPTURE(round);
    PlatformStory story(seed * 1'000 + round);
    for (int night = 0; night < 30; ++night) {
      CAPTURE(night);
      story.live_a_day();
      story.import(taken_in_night(night));
      dangers += story.dangers();
      if (story.dangers() == 0) ++quiet_nights;
      check_night(story);
    }
    story.settle_by_hand();
    story.import(DifferenceSet::all());
    story.import();
    CHECK(story.rows_without(DifferenceClass::kOwners).empty());
    CHECK(story.dangers() == 0);
    CHECK(story.of_ledger() == story.of_platform());
    CHECK(story.of_ledger() == story.expected());
  }
  // The nights were neither all quiet nor all dangerous.
  CHECK(dangers > 100);
  CHECK(quiet_nights > 10);
}

}  // namespace keyledger::tests
