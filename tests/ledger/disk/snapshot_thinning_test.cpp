// Tests the choice of snapshots to keep.
#include "ledger/disk/snapshot_thinning.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <utility>

#include "tests/ledger/disk/snapshot_example.h"
#include "tests/ledger/file_damage.h"
#include "tests/support/seed.h"
#include "tests/support/temp_directory.h"

namespace keyledger::ledger {
namespace {

namespace fs = std::filesystem;
using tests::TempDirectory;
using Positions = std::vector<std::uint64_t>;

constexpr std::uint64_t kMany = 1'000'000;  // bytes: no limit

std::vector<SnapshotPlace> places_at(const Positions& positions, std::uint64_t bytes_each = 1) {
  std::vector<SnapshotPlace> places;
  for (const std::uint64_t each : positions) {
    places.push_back({.file = {}, .position = Position{each}, .bytes = bytes_each});
  }
  return places;
}

Positions kept_of(const Positions& positions, const SnapshotSpacing& spacing, std::uint64_t bytes_each = 1) {
  Positions kept = positions;
  for (const SnapshotPlace& gone : superfluous(places_at(positions, bytes_each), spacing)) {
    kept.erase(std::find(kept.begin(), kept.end(), gone.position.value()));
  }
  return kept;
}

void write(const fs::path& directory, const SnapshotIdentity& identity) {
  auto writer = SnapshotWriter::create(directory);
  REQUIRE(writer.ok());
  (*writer)->next_section();
  (*writer)->write(std::vector<std::uint8_t>(100));
  REQUIRE((*writer)->finish(identity).ok());
}

Positions positions_in(const fs::path& directory, std::uint64_t head) {
  Positions positions;
  for (const SnapshotPlace& each : usable_snapshots(directory, examples::snapshot_at(head))) {
    positions.push_back(each.position.value());
  }
  return positions;
}

TEST_CASE("snapshots that are farther apart than they need be all stay") {
  const SnapshotSpacing spacing{.events = 10, .bytes_max = kMany};
  for (const Positions& positions :
       {Positions{}, Positions{5}, Positions{5, 6}, Positions{8, 16, 24}, Positions{11, 12, 23, 24}}) {
    CHECK(kept_of(positions, spacing) == positions);
  }
}

TEST_CASE("of snapshots that are nearer than they need be, those go without which the least is folded") {
  const SnapshotSpacing spacing{.events = 10, .bytes_max = kMany};
  CHECK(kept_of({1, 10, 20, 30}, spacing) == Positions{10, 20, 30});
  CHECK(kept_of({10, 11, 12, 13, 20, 30, 31}, spacing) == Positions{10, 20, 30, 31});
  // The newest two are kept, however near they are.
  CHECK(kept_of({10, 15, 20, 21, 22}, spacing) == Positions{10, 15, 21, 22});
}

TEST_CASE("without a spacing, or room for more, two snapshots stay") {
  const Positions positions = {100, 200, 300, 400};
  CHECK(kept_of(positions, {.events = 0, .bytes_max = kMany}) == Positions{300, 400});
  CHECK(kept_of(positions, {.events = 10, .bytes_max = 0}) == Positions{300, 400});
}

TEST_CASE(
    "what thinning leaves is nowhere twice as far apart as snapshots are to be, however a ledger grows") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  constexpr std::uint64_t kBytesEach = 10;
  const std::uint64_t room = GENERATE(30U, 35U, 39U, 40U, 41U, 59U, 200U);
  CAPTURE(room);
  const SnapshotSpacing spacing{.events = 10, .bytes_max = room};
  Positions positions;
  std::uint64_t head = 0;
  for (int round = 0; round < 300; ++round) {
    head += 1 + random() % 20;
    positions.push_back(head);
    positions = kept_of(positions, spacing, kBytesEach);
    REQUIRE(positions.back() == head);
    REQUIRE(positions.size() <= room / kBytesEach);
    const std::uint64_t apart = events_apart(spacing, Position{head}, kBytesEach);
    std::uint64_t before = 0;
    for (const std::uint64_t each : positions) REQUIRE(each - std::exchange(before, each) <= 2 * apart);
  }
  CHECK(positions.size() == room / kBytesEach);
}

TEST_CASE("how far apart snapshots are follows from the spacing and from the room there is") {
  const SnapshotSpacing spacing{.events = 10, .bytes_max = 1'000};
  CHECK(events_apart(spacing, Position{0}, 0) == 10);
  CHECK(events_apart(spacing, Position{80}, 100) == 10);
  CHECK(events_apart(spacing, Position{90}, 100) == 11);
  CHECK(events_apart(spacing, Position{100}, 333) == 51);
  const auto farthest = events_apart({.events = 0, .bytes_max = 1}, Position{1}, 1);
  CHECK(events_apart(spacing, Position{100}, 334) == farthest);  // only two fit
  CHECK(events_apart({.events = 1, .bytes_max = 0}, Position{1}, 1) == farthest);
  CHECK(events_apart({.events = ~std::uint64_t{0}, .bytes_max = 1'000}, Position{1}, 1) == farthest);
  CHECK(events_apart({.events = 1, .bytes_max = 3}, Position{~std::uint64_t{0}}, 1) == farthest);
  CHECK(2 * farthest > farthest);
}

TEST_CASE("what no fold can begin with goes, what is somebody else's stays") {
  const TempDirectory directory;
  const fs::path snapshots = directory / "snapshots";
  CHECK(positions_in(snapshots, 100).empty());
  for (const std::uint64_t position : {20U, 40U, 60U, 80U}) write(snapshots, examples::snapshot_at(position));
  auto other = examples::snapshot_at(50);
  SECTION("of a later position: of a log that is gone") { other.position = Position{101}; }
  SECTION("of another layout") { ++other.layout; }
  SECTION("of another definition") { ++other.definition; }
  SECTION("of another ledger") { other.ledger_id = examples::uuid(4); }
  write(snapshots, other);
  tests::write_file(snapshots / "00000000000000000070.state", "damaged");
  tests::write_file(snapshots / "notes.txt", "somebody's");
  fs::copy_file(snapshots / "00000000000000000020.state", snapshots / "00000000000000000075.state");
  CHECK(positions_in(snapshots, 100) == Positions{20, 40, 60, 80});
  CHECK(snapshots_in(snapshots).size() == 7);
  thin_snapshots(snapshots, examples::snapshot_at(100), {.events = 50, .bytes_max = kMany});
  CHECK(positions_in(snapshots, 100) == Positions{40, 60, 80});
  CHECK(snapshots_in(snapshots).size() == 3);
  CHECK(fs::exists(snapshots / "notes.txt"));
}

}  // namespace
}  // namespace keyledger::ledger
