// Tests for snapshots: good snapshots are used, and bad snapshots are skipped.
#include "tools/offline/snapshots.h"

#include <catch2/catch.hpp>
#include <stop_token>

#include "ledger/disk/snapshot_file.h"
#include "projections/state_snapshot.h"
#include "tests/ledger/file_damage.h"
#include "tests/support/memory_sections.h"
#include "tests/support/story.h"
#include "tests/support/temp_directory.h"
#include "tools/daemon/catalog_maker.h"
#include "tools/daemon/snapshotter.h"

#ifndef KEYLEDGER_MEMORY_LOG_ONLY

namespace keyledger::tools::offline {
namespace {

namespace fs = std::filesystem;
using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every state
using projections::State;
using tests::Story;

Hash digest_of(const State& state) { return state_digest_of(state.catalog, state.access); }

// A ledger on the disk with the events of a story.
struct Ledger {
  explicit Ledger(std::uint8_t id = 1) {
    boost::uuids::uuid uuid{};
    uuid.data[0] = id;
    auto opened = open_ledger(temp / "ledger", uuid);
    REQUIRE(opened.ok());
    directory = std::move(*opened);
    account = story.account(1);
    ada = story.user("ada", account);
    append();
  }

  void key(const std::string& name) {
    story.key(name, ada, account);
    append();
  }

  void append() {
    std::vector<Record> fresh(story.records().begin() + static_cast<std::ptrdiff_t>(appended),
                              story.records().end());
    appended = story.records().size();
    REQUIRE(directory->log().append(directory->log().end().position, fresh).ok());
  }

  void snapshot() {
    const auto written = write([&](ByteSink& sink) {
      write_state(story.catalog(), story.access(), sink);
      return Written::kWhole;
    });
    REQUIRE(written.ok());
  }

  // Writes a snapshot at the head, with the content written by `content`.
  Result<Written> write(const std::function<Written(ByteSink&)>& content) {
    constexpr std::uint64_t kEvery = 1;
    return write_snapshot(*directory, directory->index().head(), snapshot_spacing(*directory, kEvery),
                          content);
  }

  // Writes a snapshot with the identity changed by `change`.
  template <typename Change>
  void odd_snapshot(const Change& change) {
    const LogHead head = directory->index().head();
    SnapshotIdentity identity{.ledger_id = directory->id(),
                              .layout = projections::snapshot_layout(),
                              .definition = projections::kStateDigestDefinition,
                              .position = head.position,
                              .records = head.records,
                              .time = head.time,
                              .root = head.root};
    change(identity);
    auto writer = SnapshotWriter::create(snapshots_of(directory->path()));
    REQUIRE(writer.ok());
    write_state(story.catalog(), story.access(), **writer);
    REQUIRE((*writer)->finish(identity).ok());
  }

  std::vector<fs::path> files() const { return snapshots_in(snapshots_of(directory->path())); }

  State newest(const projections::FoldLimit& limit = {}) {
    warnings.clear();
    return newest_snapshot(*directory, {}, limit, [&](const std::string& text) { warnings.push_back(text); });
  }

  // Returns the state of the log, folded from the newest snapshot.
  Hash folded() {
    State state = newest();
    const auto cursor = directory->log().read(state.position().next());
    REQUIRE(cursor.ok());
    REQUIRE(fold_some(**cursor, {}, 1'000, state).ok());
    return digest_of(state);
  }

  // Checks that no snapshot is used, and that a single warning gives the reason `why`.
  void check_passed_over(const std::string& why) {
    CHECK(newest().position() == kBeforeFirst);
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0] == "the snapshot " + files().front().string() + " is not used: " + why);
    CHECK(folded() == digest_of(story.state()));
  }

  tests::TempDirectory temp;
  std::unique_ptr<LedgerDirectory> directory;
  Story story;
  AccountNumber account;
  UserNumber ada;
  std::size_t appended = 0;
  std::vector<std::string> warnings;
};

TEST_CASE("a fold begins with the newest snapshot and goes on behind it") {
  Ledger ledger;
  CHECK(ledger.newest().position() == kBeforeFirst);
  ledger.snapshot();
  ledger.key("one");
  ledger.snapshot();
  const Position second = ledger.story.state().position();
  CHECK(digest_of(ledger.newest()) == digest_of(ledger.story.state()));
  ledger.key("two");
  CHECK(ledger.newest().position() == second);
  CHECK(ledger.folded() == digest_of(ledger.story.state()));
  CHECK(ledger.warnings.empty());
}

TEST_CASE("a fold to a moment or a position begins with a snapshot before it") {
  Ledger ledger;
  ledger.snapshot();
  const Position first = ledger.story.state().position();
  const Timestamp then = ledger.story.now();
  ledger.story.pass(100);
  ledger.key("one");
  ledger.snapshot();
  CHECK(ledger.newest({.position = first}).position() == first);
  CHECK(ledger.newest({.position = Position{first.value() - 1}}).position() == kBeforeFirst);
  CHECK(ledger.newest({.time = then}).position() == first);
  CHECK(ledger.newest({.time = later_by(then, 99)}).position() == first);
  CHECK(ledger.newest({.time = later_by(then, -1)}).position() == kBeforeFirst);
  CHECK(ledger.warnings.empty());
}

TEST_CASE("a snapshot that is not of this log is passed over with a warning") {
  Ledger ledger;
  ledger.key("one");
  SECTION("of another ledger") {
    ledger.odd_snapshot([](SnapshotIdentity& identity) { identity.ledger_id.data[3] = 9; });
    ledger.check_passed_over("the snapshot belongs to another ledger");
  }
  SECTION("of another layout") {
    ledger.odd_snapshot([](SnapshotIdentity& identity) { ++identity.layout; });
    ledger.check_passed_over("another version of the program wrote it");
  }
  SECTION("of another definition of the state") {
    ledger.odd_snapshot([](SnapshotIdentity& identity) { --identity.definition; });
    ledger.check_passed_over("another version of the program wrote it");
  }
  SECTION("of another root") {
    ledger.odd_snapshot([](SnapshotIdentity& identity) { identity.root[0] ^= 1; });
    ledger.check_passed_over("the snapshot belongs to another log");
  }
  SECTION("of fewer records") {
    const Hash root = *ledger.directory->index().root_at(1);
    ledger.odd_snapshot([&](SnapshotIdentity& identity) {
      identity.records = 1;
      identity.root = root;
    });
    ledger.check_passed_over("the snapshot's position does not match its records");
  }
  SECTION("of a longer log") {
    ledger.odd_snapshot([](SnapshotIdentity& identity) {
      identity.position = Position{identity.position.value() + 1};
      ++identity.records;
    });
    ledger.check_passed_over("the log ends before the snapshot's position");
  }
  SECTION("of another position") {
    ledger.odd_snapshot(
        [](SnapshotIdentity& identity) { identity.position = Position{identity.position.value() - 1}; });
    ledger.check_passed_over("the snapshot's position does not match its records");
    ledger.key("two");
    ledger.check_passed_over("the snapshot's position does not match its records");
  }
}

TEST_CASE("two halves that are not of one state are damage") {
  Ledger ledger;
  const auto before = tests::sections_of(ledger.story.state());
  ledger.key("one");
  const auto after = tests::sections_of(ledger.story.state());
  const auto written = ledger.write([&](ByteSink& sink) {
    for (std::size_t i = 0; i < after.size(); ++i) {
      sink.next_section();
      sink.write(i < projections::kAccessSections ? after[i] : before[i]);
    }
    return Written::kWhole;
  });
  REQUIRE(written.ok());
  ledger.check_passed_over("it is damaged");
}

TEST_CASE("a snapshot with a flipped byte is passed over for the one before it") {
  Ledger ledger;
  ledger.snapshot();
  const Position first = ledger.story.state().position();
  ledger.key("one");
  ledger.snapshot();
  const fs::path file = ledger.files().front();
  const std::string content = tests::read_file(file);
  const Hash expected = digest_of(ledger.story.state());
  std::size_t passed_over = 0;
  for (std::size_t at = 0; at < content.size(); at += at < 2'048 ? 1 : 13) {
    CAPTURE(at);
    std::string damaged = content;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
    tests::write_file(file, damaged);
    const Position newest = ledger.newest().position();
    REQUIRE(ledger.warnings.size() == (newest == first ? 1U : 0U));
    passed_over += newest == first ? 1U : 0U;
    REQUIRE(ledger.folded() == expected);
  }
  CHECK(passed_over > 800);
}

TEST_CASE("many snapshots that are of no use for one reason are one warning") {
  Ledger ledger;
  for (const char* name : {"one", "two", "three"}) {
    ledger.key(name);
    ledger.odd_snapshot([](SnapshotIdentity& identity) { ++identity.layout; });
  }
  CHECK(ledger.newest().position() == kBeforeFirst);
  REQUIRE(ledger.warnings.size() == 1);
  CHECK(ledger.warnings[0] == "3 snapshots are not used (the newest is " + ledger.files().front().string() +
                                  "): another version of the program wrote it");
  // Snapshots after the limit of the fold are not looked at.
  CHECK(ledger.newest({.position = Position{1}}).position() == kBeforeFirst);
  CHECK(ledger.warnings.empty());
}

TEST_CASE("a snapshot that is given up leaves the one before it") {
  Ledger ledger;
  ledger.snapshot();
  const auto files = ledger.files();
  ledger.key("one");
  const auto written = ledger.write([](ByteSink& sink) {
    sink.next_section();
    return Written::kGivenUp;
  });
  REQUIRE(written.ok());
  CHECK(*written == Written::kGivenUp);
  CHECK(ledger.files() == files);
}

TEST_CASE("a snapshotter folds what is behind the newest snapshot, and keeps two if it has no spacing") {
  Ledger ledger;
  daemon::Snapshotter snapshotter(*ledger.directory, {.every = 0, .hash_key = {}, .newest = kBeforeFirst});
  for (int i = 0; i < 4; ++i) {
    ledger.key("key" + std::to_string(i));
    REQUIRE(snapshotter.take().ok());
    CHECK(snapshotter.newest() == ledger.story.state().position());
    CHECK(digest_of(ledger.newest()) == digest_of(ledger.story.state()));
  }
  CHECK(ledger.files().size() == 2);
  CHECK(ledger.warnings.empty());
}

TEST_CASE("a snapshotter that is asked to stop takes no snapshot any more") {
  Ledger ledger;
  daemon::Snapshotter snapshotter(*ledger.directory, {.every = 1, .hash_key = {}, .newest = kBeforeFirst});
  std::stop_source stop;
  stop.request_stop();
  const auto before = ledger.files().size();
  ledger.key("one");
  REQUIRE(snapshotter.take(stop.get_token()).ok());
  CHECK(ledger.files().size() == before);
}

// A start in two halves: first the hot state for verdicts, then the catalog.
struct Halves {
  explicit Halves(Ledger& with) : ledger(with) {
    ledger.warnings.clear();
    HotStart start = newest_access(*ledger.directory, warn());
    newest = start.position();
    access = std::move(start.access);
    const auto cursor = ledger.directory->log().read(newest.next());
    REQUIRE(fold_some(**cursor, {}, 1'000, access).ok());
    if (start.snapshot == nullptr) return;
    maker.emplace(daemon::CatalogMaker::Parts{.ledger = *ledger.directory,
                                              .start = std::move(start),
                                              .head = access.position(),
                                              .counts = counts_of(access),
                                              .hash_key = {},
                                              .warn = warn()});
  }

  Warn warn() {
    return [this](const std::string& text) { ledger.warnings.push_back(text); };
  }

  Hash digest() {
    const auto catalog = maker->make(stop.get_token());
    REQUIRE(catalog.ok());
    return state_digest_of(*catalog, access);
  }

  Ledger& ledger;
  Position newest;
  projections::Access access;
  std::optional<daemon::CatalogMaker> maker;
  std::stop_source stop;
};

TEST_CASE("a state that is begun by halves is the one that the log tells") {
  Ledger ledger;
  CHECK(Halves(ledger).newest == kBeforeFirst);
  ledger.key("one");
  ledger.snapshot();
  const Position snapshot = ledger.story.state().position();
  for (const char* name : {"two", "three"}) {
    Halves halves(ledger);
    CHECK(halves.newest == snapshot);
    CHECK(halves.digest() == digest_of(ledger.story.state()));
    CHECK_FALSE(halves.maker->has_passed_over());
    ledger.key(name);
  }
  CHECK(ledger.warnings.empty());
}

TEST_CASE("what came into the log after the start is not in the catalog of the start") {
  Ledger ledger;
  ledger.snapshot();
  ledger.key("one");
  Halves halves(ledger);
  const Hash then = digest_of(ledger.story.state());
  ledger.key("two");
  CHECK(halves.digest() == then);
}

// The last byte of a snapshot belongs to the catalog's half.
void damage_catalog(const fs::path& file) {
  std::string content = tests::read_file(file);
  content.back() = static_cast<char>(content.back() ^ 1);
  tests::write_file(file, content);
}

TEST_CASE("a catalog that cannot be believed is folded from the first event, with a warning") {
  Ledger ledger;
  ledger.key("one");
  ledger.snapshot();
  damage_catalog(ledger.files().front());
  ledger.key("two");
  Halves halves(ledger);
  CHECK(halves.newest != kBeforeFirst);
  CHECK(ledger.warnings.empty());
  CHECK(halves.digest() == digest_of(ledger.story.state()));
  CHECK(halves.maker->has_passed_over());
  REQUIRE(ledger.warnings.size() == 1);
  CHECK_THAT(ledger.warnings.front(), Catch::Contains("is used only for verdicts"));
}

TEST_CASE("a catalog that cannot be believed is taken from the snapshot before it") {
  Ledger ledger;
  ledger.key("one");
  ledger.snapshot();
  const Position older = ledger.story.state().position();
  ledger.key("two");
  ledger.snapshot();
  damage_catalog(ledger.files().front());
  ledger.key("three");
  Halves halves(ledger);
  const HotStart start = newest_access(*ledger.directory, halves.warn());
  const auto catalog = read_catalog(*ledger.directory, start, {}, halves.stop.get_token(), halves.warn());
  REQUIRE(catalog);
  CHECK(catalog->position == older);
  CHECK(halves.digest() == digest_of(ledger.story.state()));
}

TEST_CASE("an older catalog that is given up when the daemon stops is not called damaged") {
  Ledger ledger;
  ledger.key("one");
  ledger.snapshot();
  ledger.key("two");
  ledger.snapshot();
  damage_catalog(ledger.files().front());
  Halves halves(ledger);
  const HotStart start = newest_access(*ledger.directory, halves.warn());
  const Warn stop_when_warned = [&](const std::string& text) {
    ledger.warnings.push_back(text);
    halves.stop.request_stop();
  };
  CHECK_FALSE(read_catalog(*ledger.directory, start, {}, halves.stop.get_token(), stop_when_warned));
  CHECK(ledger.warnings.size() == 1);
}

TEST_CASE("a snapshot of two states is passed over, whichever half is the wrong one") {
  Ledger ledger;
  ledger.key("one");
  const auto other = tests::sections_of(ledger.story.state());
  ledger.key("two");
  const auto own = tests::sections_of(ledger.story.state());
  const bool wrong_access = GENERATE(false, true);
  const auto written = ledger.write([&](ByteSink& sink) {
    for (std::size_t i = 0; i < own.size(); ++i) {
      sink.next_section();
      sink.write((i < projections::kAccessSections) == wrong_access ? other[i] : own[i]);
    }
    return Written::kWhole;
  });
  REQUIRE(written.ok());
  ledger.key("three");
  Halves halves(ledger);
  CHECK(halves.newest == kBeforeFirst);
  CHECK(ledger.warnings.size() == 1);
}

TEST_CASE("a catalog that counts otherwise than the hot half is none") {
  Ledger ledger;
  ledger.snapshot();
  ledger.key("one");
  Halves halves(ledger);
  HotStart start = newest_access(*ledger.directory, halves.warn());
  EntityCounts counts = counts_of(halves.access);
  ++counts.users;
  daemon::CatalogMaker maker({.ledger = *ledger.directory,
                              .start = std::move(start),
                              .head = halves.access.position(),
                              .counts = counts,
                              .hash_key = {},
                              .warn = halves.warn()});
  const auto catalog = maker.make(halves.stop.get_token());
  REQUIRE_FALSE(catalog.ok());
  CHECK(catalog.error().code == ErrorCode::kStateDiffers);
}

TEST_CASE("a hot half that is damaged is passed over for the one before it") {
  Ledger ledger;
  ledger.key("one");
  ledger.snapshot();
  const Position first = ledger.story.state().position();
  ledger.key("two");
  ledger.snapshot();
  const fs::path file = ledger.files().front();
  std::string content = tests::read_file(file);
  content[4'096] = static_cast<char>(content[4'096] ^ 1);
  tests::write_file(file, content);
  Halves halves(ledger);
  CHECK(halves.newest == first);
  CHECK(ledger.warnings.size() == 1);
  CHECK(halves.digest() == digest_of(ledger.story.state()));
}

TEST_CASE("a catalog is given up when the daemon stops, without a warning") {
  Ledger ledger;
  ledger.snapshot();
  ledger.key("one");
  Halves halves(ledger);
  halves.stop.request_stop();
  const auto catalog = halves.maker->make(halves.stop.get_token());
  REQUIRE_FALSE(catalog.ok());
  CHECK(catalog.error().code == ErrorCode::kStopping);
  CHECK_FALSE(halves.maker->has_passed_over());
  CHECK(ledger.warnings.empty());
}

}  // namespace
}  // namespace keyledger::tools::offline

#endif
