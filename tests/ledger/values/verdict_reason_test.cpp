#include "ledger/values/verdict_reason.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

namespace keyledger::ledger {

TEST_CASE("every verdict reason has a name of its own and texts for both audiences") {
  std::set<std::string_view> names;
  for (std::uint64_t number = 0; number < kVerdictReasons; ++number) {
    const auto reason = verdict_reason_from(number);
    REQUIRE(reason);
    const VerdictReasonEntry& entry = entry_of(*reason);
    CHECK(!entry.name.empty());
    CHECK(!entry.stranger.empty());
    CHECK(!entry.trusted.empty());
    names.insert(entry.name);
  }
  CHECK(names.size() == kVerdictReasons);
}

TEST_CASE("a number that was never given is no reason") {
  CHECK(!verdict_reason_from(kVerdictReasons));
  CHECK(!verdict_reason_from(256));
}

TEST_CASE("a stranger cannot tell why a token is not valid") {
  for (const VerdictReason reason : {VerdictReason::kMalformed, VerdictReason::kUnknown,
                                     VerdictReason::kDeleted, VerdictReason::kExpired}) {
    CHECK(entry_of(reason).stranger == "Invalid token.");
  }
}

}  // namespace keyledger::ledger
