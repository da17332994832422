// Folding a log into a state: limits, steps, and how a fold ends.
#include "projections/state.h"

#include <catch2/catch.hpp>
#include <deque>
#include <optional>

#include "ledger/append/memory_log.h"
#include "tests/support/story.h"

namespace keyledger::projections {
namespace {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every fold
using tests::Story;

// Positions 1 to 5 at the beginning, a command of three events at 6 to 8, and a block of four uses at 9
// to 12.
Story story_with_a_block() {
  Story story;
  const AccountNumber account = story.account(1);
  const UserNumber ada = story.user("ada", account);
  story.client("bot", account);
  const KeyNumber key = story.key("ci", ada, account);
  story.pass(100);
  Record three;
  three.events = {KeyDeactivated{key}, KeyActivated{key}, KeyDeactivated{key}};
  story.add(std::move(three));
  UseBlock block{.as_of = Position{8}};
  for (int i = 0; i < 4; ++i) {
    block.uses.push_back(
        {.time = later_by(story.now(), 10 * i), .key = key, .reason = VerdictReason::kInactive});
  }
  story.pass(30);
  story.add(UsesDenied{std::move(block)});
  return story;
}

std::unique_ptr<IndexedLog> log_of(const Story& story) {
  auto log = make_memory_log();
  std::vector<Record> records = story.records();
  REQUIRE(log->append(kBeforeFirst, records).ok());
  return log;
}

struct Folded {
  State state;
  FoldProgress progress{};
};

Folded fold(const Story& story, const FoldLimit& limit, std::size_t records_max = 1'000) {
  const auto log = log_of(story);
  const auto cursor = log->read(Position{1});
  Folded folded;
  const auto progress = fold_some(**cursor, limit, records_max, folded.state);
  REQUIRE(progress.ok());
  folded.progress = *progress;
  return folded;
}

std::uint64_t denied(const State& state) { return state.access.usage_of(KeyNumber{1}).denied; }

TEST_CASE("a fold to a position holds every event up to it, and none after") {
  const Story story = story_with_a_block();
  for (std::uint64_t position = 0; position <= 12; ++position) {
    CAPTURE(position);
    const Folded folded = fold(story, {.position = Position{position}});
    CHECK(folded.state.position() == Position{position});
    CHECK(folded.progress == FoldProgress::kDone);
    CHECK(folded.state.catalog.keys() == (position >= 5 ? 1 : 0));
    if (position < 5) continue;
    const ActiveFlag expected = position == 6 || position >= 8 ? ActiveFlag::kInactive : ActiveFlag::kActive;
    CHECK(folded.state.access.key(KeyNumber{1}).active == expected);
    CHECK(folded.state.catalog.key(KeyNumber{1}).active == expected);
    CHECK(denied(folded.state) == (position > 8 ? position - 8 : 0));
  }
}

TEST_CASE("a fold to a moment holds whole commands up to it, and uses by their own times") {
  const Story story = story_with_a_block();
  const auto position_at = [&](std::int64_t microseconds) {
    return fold(story, {.time = later_by(tests::kStoryBegins, microseconds)}).state.position();
  };
  CHECK(position_at(-1) == Position{0});
  CHECK(position_at(0) == Position{5});
  CHECK(position_at(99) == Position{5});
  CHECK(position_at(100) == Position{9});
  CHECK(position_at(109) == Position{9});
  CHECK(position_at(110) == Position{10});
  CHECK(position_at(130) == Position{12});
  CHECK(position_at(1'000) == Position{12});
}

TEST_CASE("the earlier of a position and a moment ends the fold") {
  const Story story = story_with_a_block();
  const Timestamp tenth = later_by(tests::kStoryBegins, 110);
  CHECK(fold(story, {.position = Position{9}, .time = tenth}).state.position() == Position{9});
  CHECK(fold(story, {.position = Position{12}, .time = tenth}).state.position() == Position{10});
}

TEST_CASE("a fold in small steps is the same fold") {
  const Story story = story_with_a_block();
  const auto log = log_of(story);
  const auto cursor = log->read(Position{1});
  State state;
  std::size_t steps = 0;
  for (;; ++steps) {
    const auto progress = fold_some(**cursor, {}, 1, state);
    REQUIRE(progress.ok());
    if (*progress == FoldProgress::kDone) break;
  }
  CHECK(steps == story.records().size());
  CHECK(state_digest_of(state.catalog, state.access) == state_digest_of(story.catalog(), story.access()));
}

TEST_CASE("a log is folded up to its limit, and nothing after the limit is read") {
  Story story = story_with_a_block();
  const auto log = log_of(story);
  Record impossible{.time = story.now()};
  impossible.events.push_back(KeyDeleted{KeyNumber{9}});
  REQUIRE(log->append(Position{12}, std::span(&impossible, 1)).ok());
  std::vector<Position> read;
  std::vector<Position> folded;
  const FoldWatch watch{.folded = [&](Position position) { folded.push_back(position); },
                        .read = [&](const Record& record, auto) -> Result<AfterRecord> {
                          read.push_back(record.position);
                          return AfterRecord::kGoOn;
                        }};
  State state;
  const auto progress = fold_log(*log, kBeforeFirst, {.position = Position{12}}, state, watch);
  REQUIRE(progress.ok());
  CHECK(*progress == FoldProgress::kDone);
  CHECK(state_digest_of(state.catalog, state.access) == state_digest_of(story.catalog(), story.access()));
  CHECK(read.size() == story.records().size());
  CHECK(folded == std::vector<Position>{Position{12}});
  // A fold that is at its limit already reads nothing.
  CHECK(*fold_log(*log, Position{12}, {.position = Position{12}}, state, watch) == FoldProgress::kDone);
  CHECK(read.size() == story.records().size());
}

TEST_CASE("a fold ends a step where its watch wants that, and goes on") {
  const Story story = story_with_a_block();
  const auto log = log_of(story);
  State state;
  std::vector<Position> folded;
  const FoldWatch watch{
      .folded =
          [&](Position position) {
            CHECK(state.position() == position);
            folded.push_back(position);
          },
      .read = [&](const Record&, auto) -> Result<AfterRecord> { return AfterRecord::kEndStep; }};
  REQUIRE(fold_log(*log, kBeforeFirst, {}, state, watch).ok());
  REQUIRE(folded.size() == story.records().size());
  CHECK(folded.back() == Position{12});
}

TEST_CASE("a fold that is told to stop says that there is more") {
  const Story story = story_with_a_block();
  const auto log = log_of(story);
  std::stop_source stop;
  State state;
  const FoldWatch watch{
      .stop = stop.get_token(),
      .folded = [&](Position) { stop.request_stop(); },
      .read = [&](const Record&, auto) -> Result<AfterRecord> { return AfterRecord::kEndStep; }};
  CHECK(*fold_log(*log, kBeforeFirst, {}, state, watch) == FoldProgress::kMore);
  CHECK(state.position() == last_position_of(story.records().front()));
}

TEST_CASE("an error of the watch ends the fold after the records before it") {
  const Story story = story_with_a_block();
  const auto log = log_of(story);
  const FoldWatch watch{.read = [&](const Record& record, auto) -> Result<AfterRecord> {
    if (record.position == Position{6}) return Error{ErrorCode::kCorruptRecord, "told so"};
    return AfterRecord::kGoOn;
  }};
  State state;
  CHECK(fold_log(*log, kBeforeFirst, {}, state, watch).error().detail == "told so");
  CHECK(state.position() == Position{5});
}

TEST_CASE("a record that cannot follow ends the fold with its position") {
  Story story = story_with_a_block();
  const auto log = log_of(story);
  Record impossible{.time = story.now()};
  impossible.events.push_back(KeyDeleted{KeyNumber{9}});
  REQUIRE(log->append(Position{12}, std::span(&impossible, 1)).ok());
  const auto cursor = log->read(Position{1});
  State state;
  const auto progress = fold_some(**cursor, {}, 1'000, state);
  REQUIRE_FALSE(progress.ok());
  CHECK(progress.error() == Error{ErrorCode::kCorruptRecord, "position 13: KeyDeleted of an unknown key"});
}

TEST_CASE("a record is cut within a command and within a block") {
  const Story story = story_with_a_block();
  const Record& command = story.records()[4];
  REQUIRE(command.position == Position{6});
  CHECK(cut_after(command, Position{6}).events == std::vector<Event>{KeyDeactivated{KeyNumber{1}}});
  CHECK(cut_after(command, Position{7}).events.size() == 2);
  CHECK(cut_after(command, Position{8}) == command);
  CHECK(cut_after(command, Position{99}) == command);
  const Record& block = story.records()[5];
  CHECK(positions_of(cut_after(block, Position{9})) == 1);
  CHECK(positions_of(cut_after(block, Position{11})) == 3);
  CHECK(cut_after(block, Position{12}) == block);
}

TEST_CASE("every event changes the digest of the state") {
  const Story story = story_with_a_block();
  std::vector<Hash> digests;
  for (std::uint64_t position = 0; position <= 12; ++position) {
    const State state = fold(story, {.position = Position{position}}).state;
    const Hash digest = state_digest_of(state.catalog, state.access);
    CHECK(std::find(digests.begin(), digests.end(), digest) == digests.end());
    digests.push_back(digest);
  }
}

// The live state applies a block of uses before a command appended shortly before the block.
TEST_CASE("uses applied before a command that is ahead of them give the same state in the end") {
  const Story story = story_with_a_block();
  State in_order;
  State uses_first;
  const auto& records = story.records();
  for (const Record& record : records) REQUIRE(in_order.apply(record).ok());
  for (std::size_t i = 0; i < 4; ++i) REQUIRE(uses_first.apply(records[i]).ok());
  REQUIRE(uses_first.apply(records[5]).ok());
  CHECK(uses_first.position() == Position{5});
  CHECK(denied(uses_first) == 4);
  REQUIRE(uses_first.apply(records[4]).ok());
  CHECK(uses_first.position() == Position{12});
  CHECK(state_digest_of(uses_first.catalog, uses_first.access) ==
        state_digest_of(in_order.catalog, in_order.access));
}

TEST_CASE("the last use counts, in whatever order blocks of allowed and refused uses come") {
  Story story;
  const AccountNumber account = story.account(1);
  const KeyNumber key = story.key("ci", story.user("ada", account), account);
  const auto used = [&](std::int64_t at) {
    story.add(KeysUsed{{.uses = {{.time = later_by(tests::kStoryBegins, at), .key = key}}}});
  };
  CHECK(story.access().usage_of(key) == Usage{});
  used(20);
  used(10);
  story.add(UsesDenied{{.uses = {{.time = later_by(tests::kStoryBegins, 30),
                                  .key = key,
                                  .reason = VerdictReason::kClientUnknown}}}});
  CHECK(story.access().usage_of(key) ==
        Usage{.last_used = later_by(tests::kStoryBegins, 20), .allowed = 2, .denied = 1});
}

TEST_CASE("a salt and a bucket are part of the state") {
  const auto digest_with = [](const Salt& salt, std::optional<std::uint16_t> bucket) {
    Story story;
    const AccountNumber account = story.account(1);
    KeyDigest digest{.scheme = DigestScheme::kKnoxSalted, .salt = salt, .bucket = bucket};
    story.key("salted", story.user("ada", account), account,
              {.imported_as = ActiveFlag::kActive, .digest = digest});
    return state_digest_of(story.catalog(), story.access());
  };
  const Hash plain = digest_with({1}, std::nullopt);
  CHECK(digest_with({1}, std::nullopt) == plain);
  CHECK(digest_with({2}, std::nullopt) != plain);
  CHECK(digest_with({1}, std::uint16_t{0}) != plain);
  CHECK(digest_with({1}, std::uint16_t{0}) != digest_with({1}, std::uint16_t{1}));
}

}  // namespace
}  // namespace keyledger::projections
