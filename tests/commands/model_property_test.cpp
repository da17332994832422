// Compares the ledger with a model. Random commands of several actors, and random questions in between while
// a clock goes on, must get the model's answers; and the log must hold everything known to the live state, at
// every position.
#include <spdlog/spdlog.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>
#include <variant>

#include "projections/state.h"
#include "tests/support/ledger_dice.h"
#include "tests/support/modelled_ledger.h"
#include "tests/support/seed.h"

namespace keyledger::commands {
namespace {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every command
using projections::State;
using tests::LedgerDice;
using tests::ModelledLedger;
using tests::ModelVerdict;

constexpr std::uint64_t kRounds = 80;
constexpr int kSteps = 150;

// The number of ledgers to try; KEYLEDGER_SOAK_ROUNDS makes the test long.
std::uint64_t rounds() {
  const char* given = std::getenv("KEYLEDGER_SOAK_ROUNDS");
  return given == nullptr ? kRounds : std::strtoull(given, nullptr, 10);
}

// Silences the daemon's log: the test causes a warning for every key beyond the lifetime.
class QuietLog {
 public:
  QuietLog() { spdlog::set_level(spdlog::level::off); }
  QuietLog(const QuietLog&) = delete;
  QuietLog& operator=(const QuietLog&) = delete;
  ~QuietLog() { spdlog::set_level(before_); }

 private:
  spdlog::level::level_enum before_ = spdlog::get_level();
};

State folded(const IndexedLog& log, const projections::FoldLimit& limit = {}) {
  State state;
  const auto cursor = log.read(Position{1});
  REQUIRE(cursor.ok());
  const auto progress = fold_some(**cursor, limit, 1'000'000, state);
  if (!progress) FAIL(progress.error().message());
  return state;
}

Hash digest_of(const State& state) { return state_digest_of(state.catalog, state.access); }

// A fold that ends in the middle of the record after `state` must equal the fold of the first part of the
// record.
void compare_cut(const IndexedLog& log, const State& state, const Record& record, LedgerDice& dice) {
  const std::uint64_t first = record.position.value();
  const Position cut{first + dice.pick(last_position_of(record).value() - first)};
  State part = folded(log, {.position = state.position()});
  REQUIRE(part.apply(projections::cut_after(record, cut)).ok());
  REQUIRE(part.position() == cut);
  REQUIRE(digest_of(part) == digest_of(folded(log, {.position = cut})));
}

// Folded record by record, the log must give the live state at every point with a whole live state; folded in
// one go, the log must give the last of these states.
void compare_with_log(const ModelledLedger& ledger, LedgerDice& dice) {
  State state;
  std::size_t compared = 0;
  std::map<VerdictReason, std::uint64_t> strangers;
  const auto cursor = ledger.log().read(Position{1});
  REQUIRE(cursor.ok());
  for (;;) {
    const auto next = (*cursor)->next();
    REQUIRE(next.ok());
    if (!next->has_value()) break;
    const Record& record = **next;
    CAPTURE(record.position.value());
    if (positions_of(record) > 1 && dice.one_in(24)) compare_cut(ledger.log(), state, record, dice);
    REQUIRE(state.apply(record).ok());
    const auto live = ledger.live().find(state.position());
    if (live != ledger.live().end()) {
      REQUIRE(digest_of(state) == live->second);
      ++compared;
    }
    const auto* unknown = std::get_if<UnknownTokensRefused>(&record.events.front());
    if (unknown == nullptr) continue;
    for (const UnknownTokenCount& count : unknown->counts) strangers[count.reason] += count.count;
  }
  CHECK(compared == ledger.live().size());
  CHECK(strangers == ledger.model().strangers());
  REQUIRE(digest_of(state) == digest_of(folded(ledger.log())));
}

// A verdict names a position: the state at this position must answer the question alike, except for limits,
// because limits count uses written later.
void compare_with_past(const ModelledLedger& ledger, LedgerDice& dice) {
  for (int i = 0; i < 6 && !ledger.answered().empty(); ++i) {
    const auto& answered = dice.one_of(ledger.answered());
    const State then = folded(ledger.log(), {.position = answered.position});
    const auto question = tests::question_of(answered.question);
    const ModelVerdict verdict = tests::model_of(then.access, judge(then.access, question, answered.now));
    const auto is_limited = [](const ModelVerdict& any) { return any.reason == VerdictReason::kRateLimited; };
    if (is_limited(answered.verdict) || is_limited(verdict)) continue;
    CAPTURE(answered.position.value(), entry_of(answered.verdict.reason).name, entry_of(verdict.reason).name);
    REQUIRE(verdict == answered.verdict);
  }
}

TEST_CASE("whatever is asked of a ledger, it answers as the model does, and its log gives the same again") {
  const QuietLog quiet;
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  tests::Tally tally;
  for (std::uint64_t round = 0; round < rounds(); ++round) {
    CAPTURE(round);
    ModelledLedger ledger(seed * 1'000'000 + round);
    for (int step = 0; step < kSteps; ++step) {
      CAPTURE(step);
      ledger.step();
      if (step % 4 == 0) ledger.settle();
    }
    ledger.finish();
    LedgerDice dice(seed + round);
    compare_with_log(ledger, dice);
    compare_with_past(ledger, dice);
    tally.add(ledger.tally());
  }
  if (rounds() < kRounds) return;
  // Every kind of command, verdict and refusal must have occurred.
  CHECK(tally.done.size() == std::variant_size_v<Command>);
  CHECK(tally.judged.size() == kVerdictReasons);
  CHECK(tally.refused.size() > 30);
  CHECK(tally.repeated > 0);
  CHECK(tally.superseded > 0);
  CHECK(tally.raced > 0);
}

}  // namespace
}  // namespace keyledger::commands
