// The records that keyledger_fill puts into a log.
#include "tools/load/fill_log.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <sstream>

#include "ledger/append/memory_log.h"
#include "projections/state.h"
#include "tests/ledger/log_under_test.h"
#include "tests/support/manual_clock.h"
#include "tools/offline/replay.h"

namespace keyledger::tools::load {
namespace {

constexpr FillPlan kSmall{.keys = 300, .clients = 7, .uses = 5'003, .uses_per_block = 50, .seed = 7};

struct Filled {
  std::ostringstream out;
  tests::ManualClock clock{ledger::Timestamp{0}};
  output::ProgressBar progress{
      out, program::IsTerminal::kNo, clock.clock(), {.label = "", .unit = "", .total = 1}};
  std::unique_ptr<ledger::IndexedLog> log = ledger::make_memory_log();

  explicit Filled(const FillPlan& plan) { REQUIRE(fill_log(*log, plan, progress).ok()); }
};

}  // namespace

TEST_CASE("a filled log has its keys and uses, and can be folded") {
  Filled filled(kSmall);
  // An account, a user in the account, the clients, two events for each key, and the uses.
  CHECK(filled.log->end().position.value() == 3 + 7 + 2 * 300 + 5'003);
  CHECK(filled.log->end().records == 3 + 7 + 2 * 300 + 101);
  const auto replayed = replay_log(*filled.log, *filled.log, std::nullopt, offline::TreeHashing::kHashAnew,
                                   {}, filled.progress);
  REQUIRE(replayed.ok());
  CHECK(replayed->root == filled.log->head().root);
}

TEST_CASE("the uses of a filled log are few for most keys and many for some") {
  Filled filled(kSmall);
  std::vector<std::uint64_t> uses(301, 0);
  for (const ledger::Record& record : ledger::read_all(filled.log->read(ledger::Position{1}))) {
    const ledger::UseBlock* block = ledger::uses_of(record.events.front());
    if (block == nullptr) continue;
    for (const ledger::Use& use : block->uses) ++uses[use.key.value()];
  }
  std::sort(uses.begin(), uses.end(), std::greater<>());
  CHECK(uses.front() > 5'003 / 10);
  CHECK(uses[150] < 5'003 / 300);
}

TEST_CASE("a log that is filled again from the same seed is the same log") {
  CHECK(Filled(kSmall).log->head() == Filled(kSmall).log->head());
  FillPlan other = kSmall;
  other.seed = 8;
  CHECK(Filled(kSmall).log->head() != Filled(other).log->head());
}

}  // namespace keyledger::tools::load
