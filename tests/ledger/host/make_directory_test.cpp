#include "ledger/host/make_directory.h"

#include <catch2/catch.hpp>

#include "tests/ledger/file_damage.h"
#include "tests/support/temp_directory.h"
#include "tests/support/unsynced_directories.h"

#ifndef KEYLEDGER_MEMORY_LOG_ONLY
#include "ledger/disk/directory.h"
#include "ledger/disk/snapshot_file.h"
#include "tests/ledger/examples.h"
#include "tests/ledger/rocks/archive_example.h"
#endif

namespace keyledger::ledger {
namespace {

namespace fs = std::filesystem;
using Paths = std::vector<fs::path>;

}  // namespace

TEST_CASE("the file system of the tests loses a directory that was not synced, and no other") {
  const tests::TempDirectory directory;
  tests::UnsyncedDirectories unsynced;
  fs::create_directory(directory / "lost");
  REQUIRE(make_directory(directory.path() / "lost" / "inside", 0700).ok());
  CHECK(unsynced.paths() == Paths{directory / "lost"});
  REQUIRE(make_directory(directory / "kept", 0700).ok());
  CHECK(unsynced.paths().empty());
  fs::create_directory(directory.path() / "kept" / "lost");
  unsynced.cut_power();
  CHECK(fs::exists(directory / "kept"));
  CHECK(!fs::exists(directory.path() / "kept" / "lost"));
}

TEST_CASE("F5: every directory of a path is on the disk when it has been made") {
  const tests::TempDirectory directory;
  const std::string end = GENERATE("", "/");
  tests::UnsyncedDirectories unsynced;
  REQUIRE(make_directories((directory.path() / "a" / "b" / "c").string() + end, 0700).ok());
  CHECK(unsynced.paths().empty());
  unsynced.cut_power();
  CHECK(fs::is_directory(directory.path() / "a" / "b" / "c"));
  // An existing directory stays.
  REQUIRE(make_directories(directory.path() / "a" / "b" / "d", 0700).ok());
  CHECK(unsynced.paths().empty());
}

TEST_CASE("F5: a directory that an earlier process made and did not sync is synced by the next maker") {
  const tests::TempDirectory directory;
  tests::UnsyncedDirectories unsynced;
  fs::create_directory(directory / "archive");
  REQUIRE(make_directory(directory / "archive", 0700).ok());
  CHECK(unsynced.paths().empty());
}

TEST_CASE("a directory that cannot be made says where and why") {
  const tests::TempDirectory directory;
  tests::write_file(directory / "file", "text");
  const auto made = make_directories(directory.path() / "file" / "ledger", 0700);
  REQUIRE(!made.ok());
  CHECK(made.error().code == ErrorCode::kCannotCreate);
  CHECK(made.error().detail.find("file") != std::string::npos);
}

#ifndef KEYLEDGER_MEMORY_LOG_ONLY

TEST_CASE("F5: a new ledger survives a power cut with all directories above") {
  const tests::TempDirectory directory;
  const fs::path path = directory.path() / "a" / "b" / "c";
  tests::UnsyncedDirectories unsynced;
  {
    const auto ledger = open_ledger(path, examples::uuid(1));
    REQUIRE(ledger.ok());
    CHECK(unsynced.paths().empty());
    append_to((*ledger)->log(), examples::uses(5, 3));
    REQUIRE((*ledger)->log().sync().ok());
  }
  unsynced.cut_power();
  const auto ledger = open_ledger_to_read(path);
  REQUIRE(ledger.ok());
  CHECK((*ledger)->log().end().records == 1);
}

TEST_CASE("F5: the directory of the archive is on the disk before records leave the database") {
  const tests::TempDirectory directory;
  tests::UnsyncedDirectories unsynced;
  std::vector<Paths> at_steps;
  const auto note = [&](ArchiveStep) {
    at_steps.push_back(unsynced.paths());
    return false;
  };
  const auto log = open_small(directory / "log", RocksMode::kCreate, note);
  for (int i = 0; i < 100; ++i) append_to(*log, examples::uses(5, 3));
  at_steps.clear();
  REQUIRE(archive_all(*log, kLatest) > 0);
  REQUIRE(!at_steps.empty());
  for (const Paths& paths : at_steps) CHECK(std::ranges::count(paths, fs::path(directory / "archive")) == 0);
}

TEST_CASE("F5: the directory of the snapshots is on the disk before the first snapshot") {
  const tests::TempDirectory directory;
  tests::UnsyncedDirectories unsynced;
  REQUIRE(SnapshotWriter::create(directory / "snapshots", 0).ok());
  CHECK(unsynced.paths().empty());
}

#endif

}  // namespace keyledger::ledger
