// The parts of a ledger's directory prove that they belong together: every mixture of the parts of two
// ledgers, or of two times of one ledger, has an expected outcome
// (docs/decisions/0030-what-binds-a-directory-together.md).
#ifndef KEYLEDGER_MEMORY_LOG_ONLY

#include <array>
#include <catch2/catch.hpp>
#include <functional>
#include <set>

#include "ledger/disk/directory.h"
#include "ledger/disk/head_record.h"
#include "ledger/disk/snapshot_file.h"
#include "ledger/rocks/log.h"
#include "tests/ledger/examples.h"
#include "tests/ledger/file_damage.h"
#include "tests/ledger/log_under_test.h"
#include "tests/support/temp_directory.h"

namespace keyledger::ledger {
namespace {

namespace fs = std::filesystem;
using tests::TempDirectory;
using Files = std::map<std::string, std::string>;

const boost::uuids::uuid kId = examples::uuid(1);
const boost::uuids::uuid kOtherId = examples::uuid(2);

void put_files(const Files& files, const fs::path& path) {
  fs::remove_all(path);
  for (const auto& [name, content] : files) {
    fs::create_directories((path / name).parent_path());
    tests::write_file(path / name, content);
  }
}

std::unique_ptr<LedgerDirectory> open_to_write(const fs::path& path, const boost::uuids::uuid& id) {
  auto ledger = open_ledger(path, id);
  if (!ledger) FAIL(ledger.error().message());
  return std::move(*ledger);
}

void leave_snapshot(LedgerDirectory& ledger) {
  const LogHead head = ledger.index().head();
  auto writer = SnapshotWriter::create(snapshots_of(ledger.path()), 0);
  REQUIRE(writer.ok());
  (*writer)->next_section();
  (*writer)->write(std::array<std::uint8_t, 1>{1});
  REQUIRE((*writer)
              ->finish({.ledger_id = ledger.id(),
                        .layout = 1,
                        .definition = 1,
                        .position = head.position,
                        .records = head.records,
                        .time = head.time,
                        .root = head.root})
              .ok());
}

// What a daemon does between a start and a stop.
void live(const fs::path& path, const boost::uuids::uuid& id) {
  const auto ledger = open_to_write(path, id);
  for (int i = 0; i < 120; ++i) append_to(ledger->log(), examples::uses(5, id.data[15]));
  REQUIRE(ledger->log().sync().ok());
  REQUIRE(ledger->note_durable_head(ledger->index().head()).ok());
  REQUIRE(ledger->leave_closing_digest({.position = ledger->log().end().position}).ok());
  leave_snapshot(*ledger);
}

void archive_once(const fs::path& path, const boost::uuids::uuid& id) {
  RocksSettings settings;
  settings.archive = {.directory = path / "archive", .ledger_id = id};
  settings.archive_shape = {
      .positions_min = 1, .positions_max = 100, .block_bytes = 2'000, .records_kept = 10};
  const auto moved = open_log(path / "log", RocksMode::kWrite, settings)->archive_oldest(kLatest, {});
  REQUIRE((moved.ok() && moved->has_value()));
}

// A ledger at two times, and another ledger.
struct Parts {
  Files early;
  Files now;
  Files other;

  explicit Parts(const TempDirectory& directory) {
    const fs::path path = directory / "ledger";
    live(path, kId);
    archive_once(path, kId);
    early = tests::files_below(path);
    live(path, kId);
    archive_once(path, kId);
    now = tests::files_below(path);
    live(directory / "other", kOtherId);
    archive_once(directory / "other", kOtherId);
    other = tests::files_below(directory / "other");
  }
};

bool is_of(const std::string& name, const std::string& part) {
  return name == part || name.starts_with(part + "/");
}

// Returns `files` without the files of the parts.
Files without(Files files, const std::set<std::string>& parts) {
  std::erase_if(files, [&](const auto& file) {
    return std::ranges::any_of(parts, [&](const std::string& part) { return is_of(file.first, part); });
  });
  return files;
}

// Returns `files` with the parts of `source` in place of the own ones.
Files with(const Files& files, const Files& source, const std::set<std::string>& parts) {
  Files mixed = without(files, parts);
  for (const auto& [name, content] : source) {
    if (std::ranges::any_of(parts, [&](const std::string& part) { return is_of(name, part); }))
      mixed[name] = content;
  }
  return mixed;
}

using Code = std::optional<ErrorCode>;

struct Splice {
  std::string name;
  Files files;
  Code opening;  // nothing: the ledger opens
  Code reading;  // of all records
  Code closing;  // of the closing digest
};

Code code_of_reading(const Log& log) {
  const auto cursor = log.read(Position{1});
  if (!cursor) return cursor.error().code;
  for (;;) {
    const auto record = (*cursor)->next();
    if (!record) return record.error().code;
    if (!record->has_value()) return {};
  }
}

void check(const Splice& splice, const fs::path& path) {
  CAPTURE(splice.name);
  put_files(splice.files, path);
  {
    const auto reader = open_ledger_to_read(path);
    if (!reader) UNSCOPED_INFO(reader.error().message());
    CHECK((reader ? Code() : reader.error().code) == splice.opening);
    CHECK(tests::files_below(path) == splice.files);
  }
  const auto writer = open_ledger(path, examples::uuid(3));
  if (!writer) {
    CHECK(Code(writer.error().code) == splice.opening);
    // A refused ledger stays as it was, apart from the lock.
    CHECK(without(tests::files_below(path), {"lock"}) == without(splice.files, {"lock"}));
    return;
  }
  CHECK(splice.opening == Code());
  CHECK(code_of_reading((*writer)->log()) == splice.reading);
  const auto closing = (*writer)->closing_digest();
  CHECK((closing ? Code() : closing.error().code) == splice.closing);
}

std::vector<Splice> splices_of(const Parts& parts) {
  const auto& [early, now, other] = parts;
  constexpr Code kOpens;
  const std::set<std::string> log_and_head = {"log", "head"};
  return {
      {"as it was", now, kOpens, {}, {}},
      {"LEDGER missing", without(now, {"LEDGER"}), ErrorCode::kNotALedger, {}, {}},
      {"head missing", without(now, {"head"}), ErrorCode::kCorruptDatabase, {}, {}},
      {"log missing", without(now, {"log"}), ErrorCode::kCorruptDatabase, {}, {}},
      {"log and head missing", without(now, log_and_head), ErrorCode::kCorruptDatabase, {}, {}},
      {"lock missing", without(now, {"lock"}), kOpens, {}, {}},
      {"closing missing", without(now, {"closing"}), kOpens, {}, {}},
      {"snapshots missing", without(now, {"snapshots"}), kOpens, {}, {}},
      {"archive missing", without(now, {"archive"}), kOpens, ErrorCode::kArchiveMissing, {}},
      {"LEDGER of another", with(now, other, {"LEDGER"}), ErrorCode::kForeignPart, {}, {}},
      {"head of another", with(now, other, {"head"}), ErrorCode::kForeignPart, {}, {}},
      {"log of another", with(now, other, {"log"}), ErrorCode::kForeignPart, {}, {}},
      {"log and head of another", with(now, other, log_and_head), ErrorCode::kForeignPart, {}, {}},
      {"closing of another", with(now, other, {"closing"}), kOpens, {}, ErrorCode::kForeignPart},
      {"snapshots of another", with(now, other, {"snapshots"}), kOpens, {}, {}},
      {"archive of another", with(now, other, {"archive"}), kOpens, ErrorCode::kCorruptDatabase, {}},
      {"head of before", with(now, early, {"head"}), kOpens, {}, {}},
      {"log of before", with(now, early, {"log"}), ErrorCode::kShortened, {}, {}},
      {"log and head of before", with(now, early, log_and_head), ErrorCode::kShortened, {}, {}},
      {"all but the closing of before", with(early, now, {"closing"}), ErrorCode::kShortened, {}, {}},
      {"all but the snapshots of before", with(early, now, {"snapshots"}), ErrorCode::kShortened, {}, {}},
      {"closing of before", with(now, early, {"closing"}), kOpens, {}, {}},
      {"snapshots of before", with(now, early, {"snapshots"}), kOpens, {}, {}},
      {"archive of before", with(now, early, {"archive"}), kOpens, ErrorCode::kArchiveMissing, {}},
      {"archive of later", with(early, now, {"archive"}), kOpens, {}, {}},
      // Nothing inside the directory can show this.
      {"everything of before", early, kOpens, {}, {}},
      {"everything of before, without witnesses", without(early, {"closing", "snapshots"}), kOpens, {}, {}},
  };
}

fs::path golden_copy(const TempDirectory& directory) {
  const fs::path path = directory / "golden";
  fs::copy(fs::path(KEYLEDGER_TEST_DATA) / "golden" / "ledger_v1", path, fs::copy_options::recursive);
  return path;
}

}  // namespace

TEST_CASE("E3: every mixture of the parts of two ledgers or two times opens or is refused as written down") {
  const TempDirectory directory;
  const Parts parts(directory);
  for (const Splice& splice : splices_of(parts)) check(splice, directory / "spliced");
}

TEST_CASE("E3: a ledger without ids opens, and the first writer adds the ids") {
  const TempDirectory directory;
  const fs::path path = golden_copy(directory);
  const Files before = tests::files_below(path);
  LogHead head;
  boost::uuids::uuid id;
  {
    const auto reader = open_ledger_to_read(path);
    REQUIRE(reader.ok());
    head = (*reader)->index().head();
    id = (*reader)->id();
    CHECK(head.position == Position{68});
    CHECK(read_all((*reader)->log().read(Position{1})).size() == head.records);
  }
  CHECK(tests::files_below(path) == before);
  CHECK(!read_head_record(path / "head")->ledger_id);
  CHECK(!open_log(path / "log", RocksMode::kRead)->names_its_ledger());
  CHECK(open_to_write(path, kOtherId)->index().head() == head);
  CHECK(read_head_record(path / "head")->ledger_id == id);
  CHECK(open_log(path / "log", RocksMode::kRead)->names_its_ledger());
  // From now on, the parts are bound.
  live(directory / "other", kOtherId);
  fs::copy_file(directory.path() / "other" / "LEDGER", path / "LEDGER", fs::copy_options::overwrite_existing);
  CHECK(open_ledger(path, kId).error().code == ErrorCode::kForeignPart);
  CHECK(open_ledger_to_read(path).error().code == ErrorCode::kForeignPart);
}

TEST_CASE("E3: an opening that was cut off between the two ids is taken up again") {
  const TempDirectory directory;
  const fs::path path = golden_copy(directory);
  const std::string unbound_head = tests::read_file(path / "head");
  open_to_write(path, kId);
  tests::write_file(path / "head", unbound_head);
  open_to_write(path, kId);
  CHECK(read_head_record(path / "head")->ledger_id.has_value());
}

TEST_CASE("E2: a rollback is refused by the closing digest and by a snapshot, each alone") {
  const TempDirectory directory;
  const fs::path path = directory / "ledger";
  live(path, kId);
  const Files before = tests::files_below(path);
  live(path, kId);
  Files rolled_back = with(tests::files_below(path), before, {"log", "head"});
  std::string proof = "closing";
  SECTION("the closing digest") { rolled_back = without(rolled_back, {"snapshots"}); }
  SECTION("a snapshot") {
    proof = ".state";
    rolled_back = without(rolled_back, {"closing"});
  }
  put_files(rolled_back, path);
  for (const auto& refused : {open_ledger_to_read(path).error(), open_ledger(path, kId).error()}) {
    CHECK(refused.code == ErrorCode::kShortened);
    CHECK(refused.detail.find(proof) != std::string::npos);
  }
}

TEST_CASE("E2: a log that went another way after a rollback is refused by a snapshot") {
  const TempDirectory directory;
  const fs::path path = directory / "ledger";
  live(path, kId);
  const Files before = tests::files_below(path);
  live(path, kId);
  const Files after = tests::files_below(path);
  put_files(before, path);
  {
    const auto ledger = open_to_write(path, kId);
    for (int i = 0; i < 200; ++i) append_to(ledger->log(), examples::uses(6, 9));
    REQUIRE(ledger->log().sync().ok());
    REQUIRE(ledger->note_durable_head(ledger->index().head()).ok());
  }
  put_files(with(tests::files_below(path), after, {"snapshots"}), path);
  CHECK(open_ledger(path, kId).error().code == ErrorCode::kShortened);
  CHECK(open_ledger_to_read(path).error().code == ErrorCode::kShortened);
}

TEST_CASE("E12: a damaged closing digest says so, and the ledger opens") {
  const TempDirectory directory;
  const fs::path path = directory / "ledger";
  live(path, kId);
  tests::write_file(path / "closing", "12 abc\n");
  const auto ledger = open_to_write(path, kId);
  const Error error = ledger->closing_digest().error();
  CHECK(error.code == ErrorCode::kClosingDamaged);
  CHECK(error.message().find("the log is not concerned") != std::string::npos);
  REQUIRE(ledger->leave_closing_digest({.position = Position{1}}).ok());
  CHECK((*ledger->closing_digest())->position == Position{1});
}

TEST_CASE("E12: a directory that was removed or replaced under its writer acknowledges nothing") {
  const TempDirectory directory;
  const fs::path path = directory / "ledger";
  const auto ledger = open_to_write(path, kId);
  append_to(ledger->log(), examples::uses(1, 1));
  REQUIRE(ledger->note_durable_head(ledger->index().head()).ok());
  SECTION("removed") { fs::remove_all(path); }
  SECTION("its database removed") { fs::remove_all(path / "log"); }
  SECTION("renamed") { fs::rename(path, directory / "renamed"); }
  SECTION("replaced") {
    live(directory / "other", kOtherId);
    fs::rename(path, directory / "renamed");
    fs::rename(directory / "other", path);
  }
  append_to(ledger->log(), examples::uses(1, 1));
  const auto noted = ledger->note_durable_head(ledger->index().head());
  REQUIRE(!noted.ok());
  CHECK(noted.error().code == ErrorCode::kWriteFailed);
  CHECK(noted.error().detail.find("removed or replaced") != std::string::npos);
}

}  // namespace keyledger::ledger

#endif
