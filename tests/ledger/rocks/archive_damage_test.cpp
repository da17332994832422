// A log with a damaged or missing archive reports the missing parts.
#ifndef KEYLEDGER_MEMORY_LOG_ONLY

#include <rocksdb/write_batch.h>

#include <catch2/catch.hpp>

#include "ledger/codec/record_codec.h"
#include "ledger/rocks/row_keys.h"
#include "tests/ledger/file_damage.h"
#include "tests/ledger/rocks/archive_example.h"
#include "tests/support/seed.h"

namespace keyledger::ledger {
namespace {

namespace fs = std::filesystem;

Error error_of_reading(const IndexedLog& log, Position from = Position{1}) {
  auto cursor = log.read(from);
  REQUIRE(cursor.ok());
  for (;;) {
    const auto record = (*cursor)->next();
    if (!record) return record.error();
    REQUIRE(record->has_value());
  }
}

}  // namespace

TEST_CASE("a file that is missing is named to whoever needs it, and hinders nobody else") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  const Example example(seed);
  const fs::path second_file = example.file_of(1'000);
  REQUIRE(second_file != example.file_of(1));
  fs::rename(second_file, example.directory / "elsewhere");
  for (const auto mode : {RocksMode::kRead, RocksMode::kWrite}) {
    const auto log = open_small(example.path, mode);
    const Error error = error_of_reading(*log);
    CHECK(error.code == ErrorCode::kArchiveMissing);
    CHECK(error.detail.find(second_file.string() + ", which holds positions ") == 0);
    CHECK(error_of_reading(*log, Position{1'000}) == error);
    const Position young = example.said.records[350].position;
    CHECK(read_all(log->read(young)) ==
          std::vector<Record>(example.said.records.begin() + 350, example.said.records.end()));
    CHECK(*log->root_at(kRecords) == example.said.roots[kRecords]);
  }
  // Histories are not shortened either: a key used in every block has uses in the missing file.
  const auto log = open_small(example.path);
  const EntityRef key = ref(KeyNumber{1});
  auto history = log->read_entities(std::span(&key, 1), UsesInHistory::kInclude, Position{1});
  REQUIRE(history.ok());
  for (;;) {
    const auto record = (*history)->next();
    if (record) REQUIRE(record->has_value());
    if (record) continue;
    CHECK(record.error().code == ErrorCode::kArchiveMissing);
    break;
  }
  fs::rename(example.directory / "elsewhere", second_file);
  CHECK(ask(*log) == example.said);
}

TEST_CASE("no file is archived where the one before it is not") {
  const Example example(1);
  const auto log = open_small(example.path);
  const auto files = [&] { return tests::files_below(example.archive); };
  fs::rename(example.archive, example.directory / "unmounted");
  fs::create_directory(example.archive);
  CHECK(log->archive_oldest(kLatest, kNeverStop).error().code == ErrorCode::kArchiveMissing);
  CHECK(files().empty());
  fs::remove(example.archive);
  fs::rename(example.directory / "unmounted", example.archive);
  CHECK(files().size() == static_cast<std::size_t>(example.files));
  CHECK(archive_all(*log, kLatest) > 0);
  CHECK(ask(*log) == example.said);
}

TEST_CASE("a file that is damaged or another one is named with what is wrong") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  const Example example(seed);
  const auto log = open_small(example.path, RocksMode::kRead);
  const fs::path file = example.file_of(1);
  const std::string whole = tests::read_file(file);
  const auto check_error = [&](ErrorCode code, const std::string& says) {
    const Error error = error_of_reading(*log);
    CHECK(error.code == code);
    CHECK(error.detail.find(file.string() + ": " + says) == 0);
  };
  SECTION("in a block") {
    std::string damaged = whole;
    damaged[100] = static_cast<char>(damaged[100] ^ 1);
    tests::write_file(file, damaged);
    check_error(ErrorCode::kCorruptRecord, "the part with positions 1 to ");
  }
  SECTION("cut short") {
    tests::write_file(file, whole.substr(0, whole.size() / 2));
    check_error(ErrorCode::kCorruptDatabase, "");
  }
  SECTION("empty") {
    tests::write_file(file, "");
    check_error(ErrorCode::kCorruptDatabase, "the file is cut off");
  }
  SECTION("no archive file") {
    tests::write_file(file, std::string(whole.size(), 'x'));
    check_error(ErrorCode::kCorruptDatabase, "the file is not an archive file");
  }
  SECTION("another file of the same archive") {
    fs::copy_file(example.file_of(1'000), file, fs::copy_options::overwrite_existing);
    check_error(ErrorCode::kCorruptDatabase, "the file is not the one that was archived");
  }
  SECTION("of another log") {
    const Example other(seed + 1);
    fs::copy_file(other.file_of(1), file, fs::copy_options::overwrite_existing);
    check_error(ErrorCode::kCorruptDatabase, "the file is not the one that was archived");
  }
  SECTION("of another ledger") {
    const ArchiveIdentity identity = ArchiveFile::open(file).value()->identity();
    auto writer = ArchiveWriter::create(
        example.archive, {.ledger_id = examples::uuid(2), .first = identity.first, .block_bytes = 3'000});
    REQUIRE(writer.ok());
    for (const Record& record : example.said.records) {
      if (record.index < identity.behind.record) (*writer)->add(record, encode_record(record));
    }
    REQUIRE((*writer)->finish(identity.root).ok());
    REQUIRE((*writer)->publish().ok());
    check_error(ErrorCode::kCorruptDatabase, "the file belongs to another ledger");
  }
}

TEST_CASE("a record that was changed in its file, with every checksum made good, is found by the root") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  const Example example(seed);
  const fs::path path = example.file_of(1);
  const auto file = ArchiveFile::open(path);
  REQUIRE(file.ok());
  const ArchiveIdentity identity = (*file)->identity();
  {
    auto writer = ArchiveWriter::create(
        example.archive, {.ledger_id = identity.ledger_id, .first = identity.first, .block_bytes = 3'000});
    REQUIRE(writer.ok());
    for (Record record : example.said.records) {
      if (record.index == identity.behind.record) break;
      if (record.index == 3) record.reason = "nothing of the kind";
      (*writer)->add(record, encode_record(record));
    }
    REQUIRE((*writer)->finish(identity.root).ok());
    REQUIRE((*writer)->publish().ok());
  }
  const auto log = open_small(example.path, RocksMode::kRead);
  MerkleFrontier tree;
  std::vector<MerkleNode> completed;
  auto cursor = log->read(Position{1});
  for (auto record = (*cursor)->next(); record && record->has_value(); record = (*cursor)->next())
    tree.append(leaf_hash((*cursor)->bytes()), completed);
  CHECK(tree.size() == kRecords);
  CHECK(tree.root() != log->head().root);
}

TEST_CASE("a log that lost a row of its archive, or the records behind it, is refused") {
  const Example example(1);
  const auto refused = [&](const auto& change) {
    {
      const auto store = RocksStore::open(example.path, RocksMode::kWrite);
      REQUIRE(store.ok());
      const ArchivedStretches stretches = *(*store)->archive().stretches();
      rocksdb::WriteBatch batch;
      change(**store, stretches, batch);
      REQUIRE((*store)->db().Write({}, &batch).ok());
    }
    const auto log = open_rocks_log(example.path, RocksMode::kRead, small_settings(example.path));
    REQUIRE(!log.ok());
    CHECK(log.error().code == ErrorCode::kCorruptDatabase);
    CAPTURE(log.error().detail);
    return log.error().detail;
  };
  SECTION("the first row") {
    CHECK(refused([](const RocksStore& store, const ArchivedStretches& all, rocksdb::WriteBatch& batch) {
            REQUIRE(batch.Delete(store.archived(), archive_key(all.front().first.position)).ok());
          }) == "a row of the archive's table is missing");
  }
  SECTION("the last row") {
    const std::string says =
        refused([](const RocksStore& store, const ArchivedStretches& all, rocksdb::WriteBatch& batch) {
          REQUIRE(batch.Delete(store.archived(), archive_key(all.back().first.position)).ok());
        });
    CHECK(says.find("the log's beginning") == 0);
  }
  SECTION("a row is nonsense") {
    CHECK(refused([](const RocksStore& store, const ArchivedStretches& all, rocksdb::WriteBatch& batch) {
            REQUIRE(batch.Put(store.archived(), archive_key(all.front().first.position), "x").ok());
          }) == "a row of the archive's table is damaged");
  }
  SECTION("the first record behind the archive") {
    const std::string says =
        refused([](const RocksStore& store, const ArchivedStretches& all, rocksdb::WriteBatch& batch) {
          REQUIRE(batch.Delete(store.records(), record_key(all.back().behind.position)).ok());
        });
    CHECK(says.find("the log's beginning") == 0);
  }
  SECTION("every record behind the archive") {
    const std::string says = refused([](const RocksStore& store, const ArchivedStretches& /*all*/,
                                        rocksdb::WriteBatch& batch) {
      REQUIRE(batch.DeleteRange(store.records(), record_key(Position{0}), record_key(Position{~0ULL})).ok());
    });
    CHECK(says.find("the log's beginning") == 0);
  }
}

}  // namespace keyledger::ledger

#endif
