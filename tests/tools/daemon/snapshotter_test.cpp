// The snapshotter's thread beside a thread that appends.
#include "tools/daemon/snapshotter.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "ledger/disk/snapshot_file.h"
#include "tests/ledger/file_damage.h"
#include "tests/support/memory_ledger.h"
#include "tests/support/seed.h"
#include "tests/support/story.h"
#include "tools/offline/snapshots.h"

namespace keyledger::tools::daemon {
namespace {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every state
using projections::State;
using tests::Story;

Hash digest_of(const State& state) { return state_digest_of(state.catalog, state.access); }

// A story whose records go into a log as soon as the story has them.
class Teller {
 public:
  // Appends this many rounds at once.
  explicit Teller(Log& log, int rounds = 0) : log_(log) {
    const AccountNumber account = story_.account(1);
    story_.key("ci", story_.user("ada", account), account);
    story_.client("bot", account);
    append();
    for (int i = 0; i < rounds; ++i) go_on();
  }

  void go_on() {
    story_.pass(1);
    const KeyNumber key{1};
    story_.add(KeysUsed{{.as_of = story_.state().position(),
                         .uses = {{.time = story_.now(), .key = key, .client = ClientNumber{1}}}}});
    story_.add(is_active_ ? Event(KeyDeactivated{key}) : Event(KeyActivated{key}));
    is_active_ = !is_active_;
    append();
  }

  const State& state() const { return story_.state(); }

 private:
  void append() {
    const auto& told = story_.records();
    std::vector<Record> fresh(told.begin() + static_cast<std::ptrdiff_t>(appended_), told.end());
    appended_ = told.size();
    ENSURE(log_.append(log_.end().position, fresh).ok(), "a log in memory takes everything");
    ENSURE(log_.sync().ok(), "a log in memory takes everything");
  }

  Log& log_;
  Story story_;
  bool is_active_ = true;
  std::size_t appended_ = 0;
};

// The positions that the snapshotter's thread has told.
class Taken {
 public:
  void add(Position position) {
    const std::lock_guard lock(mutex_);
    positions_.push_back(position);
    changed_.notify_one();
  }
  std::vector<Position> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return positions_.size() >= count; });
    return positions_;
  }
  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return positions_.size();
  }
  void wait_until(Position position) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !positions_.empty() && position <= positions_.back(); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Position> positions_;
};

Snapshotter::Plan plan_of(std::uint64_t every, Taken& taken) {
  return {.every = every,
          .hash_key = {.first = 1, .second = 2},
          .newest = kBeforeFirst,
          .look_interval = std::chrono::milliseconds(1),
          .pause = std::chrono::milliseconds(0),
          .bytes_max = std::uint64_t{1} << 40,
          .taken = [&taken](Position position) { taken.add(position); }};
}

// The state from the newest snapshot and the records after the snapshot.
State folded(tests::MemoryLedger& ledger, std::vector<std::string>& warnings) {
  State state =
      offline::newest_snapshot(ledger, {}, {}, [&](const std::string& text) { warnings.push_back(text); });
  const auto cursor = ledger.log().read(state.position().next());
  ENSURE(cursor.ok(), "a log in memory is read");
  ENSURE(fold_some(**cursor, {}, 10'000'000, state).ok(), "what was told can be folded");
  return state;
}

bool has_unfinished(const tests::MemoryLedger& ledger) {
  return std::filesystem::exists(snapshots_of(ledger.path()) / "unfinished");
}

// A fold to a past moment reads at most two distances and the length of a record.
void check_even(tests::MemoryLedger& ledger, std::uint64_t every) {
  constexpr std::uint64_t kRecordMax = 3;
  Position before = kBeforeFirst;
  for (const SnapshotPlace& each : offline::snapshot_places(ledger)) {
    CHECK(each.position.value() - before.value() <= 2 * every + kRecordMax);
    before = each.position;
  }
  CHECK(before > kBeforeFirst);
}

std::vector<std::filesystem::path> files_in(const tests::MemoryLedger& ledger) {
  return snapshots_in(snapshots_of(ledger.path()));
}

// Removes all snapshots before the newest.
void remove_older(const tests::MemoryLedger& ledger) {
  const auto files = files_in(ledger);
  for (std::size_t i = 1; i < files.size(); ++i) std::filesystem::remove(files[i]);
}

TEST_CASE("a snapshotter leaves snapshots all along a log that was never folded") {
  tests::MemoryLedger ledger;
  Teller teller(ledger.log(), 300);
  constexpr std::uint64_t kEvery = 50;
  Taken taken;
  {
    Snapshotter snapshotter(ledger, plan_of(kEvery, taken));
    snapshotter.start();
    const auto head = ledger.log().end().position;
    taken.wait_until(head);
    snapshotter.stop();
    CHECK(snapshotter.newest() == head);
  }
  CHECK(offline::snapshot_places(ledger).size() >= 300 * 2 / (2 * kEvery));
  check_even(ledger, kEvery);
  // Each snapshot equals a fold from the first event to the snapshot's position.
  for (const SnapshotPlace& each : offline::snapshot_places(ledger)) {
    CAPTURE(each.position.value());
    std::vector<std::string> warnings;
    const State state = offline::newest_snapshot(ledger, {}, {.position = each.position},
                                                 [&](const std::string& text) { warnings.push_back(text); });
    CHECK(warnings.empty());
    REQUIRE(state.position() == each.position);
    State anew;
    const auto cursor = ledger.log().read(Position{1});
    REQUIRE(fold_some(**cursor, {.position = each.position}, 10'000'000, anew).ok());
    CHECK(digest_of(state) == digest_of(anew));
  }
}

TEST_CASE("a snapshotter fills a gap before the newest snapshot when it starts") {
  tests::MemoryLedger ledger;
  Teller teller(ledger.log(), 100);
  constexpr std::uint64_t kEvery = 20;
  const auto head = ledger.log().end().position;
  Taken first;
  {
    Snapshotter snapshotter(ledger, plan_of(kEvery, first));
    snapshotter.start();
    first.wait_until(head);
  }
  const std::size_t all = offline::snapshot_places(ledger).size();
  remove_older(ledger);
  REQUIRE(offline::snapshot_places(ledger).size() == 1);
  Taken second;
  auto plan = plan_of(kEvery, second);
  plan.newest = head;
  {
    Snapshotter snapshotter(ledger, plan);
    snapshotter.start();
    second.wait_for(all - 1);
    snapshotter.stop();
    CHECK(snapshotter.newest() == head);
  }
  CHECK(offline::snapshot_places(ledger).size() == all);
  check_even(ledger, kEvery);
  // Without gaps, the thread begins with the next snapshot.
  Taken third;
  plan = plan_of(kEvery, third);
  plan.newest = head;
  Snapshotter snapshotter(ledger, plan);
  snapshotter.start();
  for (std::uint64_t i = 0; i < kEvery; ++i) teller.go_on();
  CHECK(third.wait_for(1).front().value() >= head.value() + kEvery);
}

TEST_CASE("a snapshotter whose room is full does not take again what was thinned out") {
  tests::MemoryLedger ledger;
  Teller teller(ledger.log(), 50);
  Taken first;
  {
    Snapshotter snapshotter(ledger, plan_of(10, first));
    REQUIRE(snapshotter.take().ok());
  }
  const std::uint64_t size = std::filesystem::file_size(files_in(ledger).front());
  const std::uint64_t fit = GENERATE(2U, 3U, 4U, 6U, 9U);
  CAPTURE(fit);
  Taken taken;
  Taken filled;
  auto plan = plan_of(10, taken);
  plan.bytes_max = fit * size + size / 2;
  auto filling = plan_of(10, filled);
  filling.bytes_max = plan.bytes_max;
  for (std::size_t round = 1; round <= 20; ++round) {
    for (int i = 0; i < 10; ++i) teller.go_on();
    REQUIRE(Snapshotter(ledger, plan).take().ok());
    CHECK(offline::snapshot_places(ledger).back().position == ledger.log().end().position);
    CHECK(files_in(ledger).size() <= fit);
    const auto before = files_in(ledger);
    REQUIRE(Snapshotter(ledger, filling).fill_gaps().ok());
    CHECK(files_in(ledger) == before);
  }
  CHECK(filled.count() == 0);
}

TEST_CASE("what cannot be read further back does not keep the newest snapshot from being taken") {
  tests::MemoryLedger ledger;
  Teller teller(ledger.log(), 100);
  constexpr std::uint64_t kEvery = 20;
  Taken taken;
  Snapshotter snapshotter(ledger, plan_of(kEvery, taken));
  REQUIRE(snapshotter.take().ok());
  remove_older(ledger);
  const Position newest = ledger.log().end().position;
  ledger.log().before_read = [&](Position from) { return newest <= from; };
  for (std::uint64_t i = 0; i < 2 * kEvery; ++i) teller.go_on();
  REQUIRE(snapshotter.take().ok());
  CHECK(snapshotter.newest() == ledger.log().end().position);
  const auto filled = snapshotter.fill_gaps();
  REQUIRE_FALSE(filled.ok());
  CHECK(filled.error().code == ErrorCode::kCannotRead);
  // The warning comes once.
  CHECK(snapshotter.fill_gaps().ok());
  CHECK(offline::snapshot_places(ledger).front().position == newest);
}

TEST_CASE("a snapshot that is damaged is taken anew when the gap that it leaves is filled") {
  tests::MemoryLedger ledger;
  Teller teller(ledger.log(), 100);
  constexpr std::uint64_t kEvery = 20;
  Taken taken;
  Snapshotter snapshotter(ledger, plan_of(kEvery, taken));
  REQUIRE(snapshotter.take().ok());
  const auto files = files_in(ledger);
  REQUIRE(files.size() > 3);
  const auto content = tests::read_file(files.front());
  std::string damaged = content;
  damaged.back() = static_cast<char>(damaged.back() + 1);
  tests::write_file(files.front(), damaged);
  // The header is sound, so only reading the whole file shows the damage.
  CHECK(offline::snapshot_places(ledger).size() == files.size());
  for (std::uint64_t i = 0; i < kEvery; ++i) teller.go_on();
  REQUIRE(snapshotter.take().ok());
  CHECK_FALSE(std::filesystem::exists(files.front()));
  std::vector<std::string> warnings;
  CHECK(digest_of(folded(ledger, warnings)) == digest_of(teller.state()));
  CHECK(warnings.empty());
  check_even(ledger, kEvery);
}

TEST_CASE("a snapshotter takes one snapshot after another beside a writer who goes on") {
  tests::MemoryLedger ledger;
  Teller teller(ledger.log());
  Taken taken;
  constexpr std::uint64_t kEvery = 20;
  Snapshotter snapshotter(ledger, plan_of(kEvery, taken));
  snapshotter.start();
  std::atomic<bool> is_enough = false;
  std::thread writer([&] {
    while (!is_enough) teller.go_on();
  });
  const std::vector<Position> positions = taken.wait_for(4);
  is_enough = true;
  writer.join();
  snapshotter.stop();
  for (std::size_t i = 1; i < 4; ++i) CHECK(positions[i].value() >= positions[i - 1].value() + kEvery);
  check_even(ledger, kEvery);
  CHECK_FALSE(has_unfinished(ledger));
  std::vector<std::string> warnings;
  CHECK(offline::newest_snapshot(ledger, {}, {}, [](const std::string&) {}).position() ==
        snapshotter.newest());
  CHECK(digest_of(folded(ledger, warnings)) == digest_of(teller.state()));
  CHECK(warnings.empty());
}

TEST_CASE("a snapshotter that is stopped at any moment leaves whole snapshots and nothing else") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  tests::MemoryLedger ledger;
  Teller teller(ledger.log());
  for (int round = 0; round < 30; ++round) {
    CAPTURE(round);
    Taken taken;
    Snapshotter snapshotter(ledger, plan_of(1, taken));
    snapshotter.start();
    for (std::uint64_t left = random() % 300; left > 0; --left) teller.go_on();
    snapshotter.stop();
    REQUIRE_FALSE(has_unfinished(ledger));
    std::vector<std::string> warnings;
    REQUIRE(digest_of(folded(ledger, warnings)) == digest_of(teller.state()));
    REQUIRE(warnings.empty());
  }
}

}  // namespace
}  // namespace keyledger::tools::daemon
