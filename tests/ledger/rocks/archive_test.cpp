// A log with the oldest records in the archive gives the same answers as before.
#ifndef KEYLEDGER_MEMORY_LOG_ONLY

#include "ledger/rocks/archive.h"

#include <rocksdb/write_batch.h>

#include <catch2/catch.hpp>
#include <stop_token>
#include <thread>

#include "ledger/rocks/row_keys.h"
#include "tests/ledger/rocks/archive_example.h"
#include "tests/support/seed.h"

namespace keyledger::ledger {

namespace fs = std::filesystem;
using tests::TempDirectory;

TEST_CASE("a log answers the same before and after its oldest records are archived") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const TempDirectory directory;
  const fs::path path = directory / "log";
  std::uint64_t archived = 0;
  {
    const auto log = open_small(path, RocksMode::kCreate);
    append_by_chance(*log, random, kRecords);
    const Said before = ask(*log);
    const LogHead head = log->head();
    const auto movable = log->archivable(second(200));
    REQUIRE((movable.ok() && movable->has_value()));
    CHECK((*movable)->first == Position{1});
    CHECK((*movable)->records == 192);
    CHECK((*movable)->events == (*movable)->last.value());
    CHECK(before.records[191].position <= (*movable)->last);
    CHECK(archive_all(*log, second(200)) > 0);
    CHECK(ask(*log) == before);
    archive_all(*log, second(350));
    CHECK(ask(*log) == before);
    CHECK(log->head() == head);
    // The log accepts further records.
    append_by_chance(*log, random, 50);
    const Said later = ask(*log);
    archived = kRecords + 50 - stored_records(path);
    CHECK(archived >= 192);
    CHECK(archived % 32 == 0);
    archive_all(*log, second(400));
    CHECK(ask(*log) == later);
  }
  const Said reader = ask(*open_small(path, RocksMode::kRead));
  CHECK(kRecords + 50 - stored_records(path) >= archived);
  const auto again = open_small(path);
  CHECK(ask(*again) == reader);
  CHECK(reader.records.size() == kRecords + 50);
  append_by_chance(*again, random, 100);
  const Said before = ask(*again);
  CHECK(archive_all(*again, second(10'000)) > 0);
  CHECK(ask(*again) == before);
}

TEST_CASE("what is young, last or too little stays where it is") {
  std::mt19937_64 random(1);
  const TempDirectory directory;
  const auto log = open_small(directory / "log", RocksMode::kCreate);
  CHECK(!log->archivable(second(0))->has_value());
  CHECK(!log->archive_oldest(second(1'000), kNeverStop)->has_value());
  append_by_chance(*log, random, 40);
  CHECK(!log->archivable(second(1'000))->has_value());  // twenty must stay, and the others are too few
  append_by_chance(*log, random, 160);
  CHECK(!log->archivable(second(0))->has_value());
  CHECK(!log->archivable(second(31))->has_value());
  CHECK((*log->archivable(second(10'000)))->records == 160);
  CHECK((*log->archivable(second(130)))->records == 128);
  CHECK(!fs::exists(directory / "archive"));
  archive_all(*log, second(10'000));
  CHECK(!log->archivable(second(10'000))->has_value());
  CHECK(stored_records(directory / "log") >= 40);
}

TEST_CASE("an archiving that is told to stop leaves nothing") {
  std::mt19937_64 random(1);
  const TempDirectory directory;
  const auto log = open_small(directory / "log", RocksMode::kCreate);
  append_by_chance(*log, random, 300);
  std::stop_source stop;
  stop.request_stop();
  const auto moved = log->archive_oldest(second(1'000), stop.get_token());
  REQUIRE(moved.ok());
  CHECK(!moved->has_value());
  CHECK(fs::is_empty(directory / "archive"));
  CHECK(stored_records(directory / "log") == 300);
}

TEST_CASE("an archiving that ends after any of its steps leaves a log that is whole, and is taken up again") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  const auto last = GENERATE(ArchiveStep::kFileWritten, ArchiveStep::kFileVerified, ArchiveStep::kFileNamed,
                             ArchiveStep::kRowWritten, ArchiveStep::kRowSynced);
  CAPTURE(static_cast<int>(last));
  std::mt19937_64 random(seed);
  const TempDirectory directory;
  const fs::path path = directory / "log";
  const fs::path killed = directory / "killed";
  Said said;
  {
    const auto log = open_small(path, RocksMode::kCreate, [&](ArchiveStep done) { return done == last; });
    append_by_chance(*log, random, kRecords);
    said = ask(*log);
    CHECK(log->archive_oldest(second(300), kNeverStop).error().code == ErrorCode::kWriteFailed);
    // Copy the files, as the operating system would hold the files after a kill.
    fs::create_directory(killed);
    fs::copy(path, killed / "log", fs::copy_options::recursive);
    fs::copy(directory / "archive", killed / "archive", fs::copy_options::recursive);
    CHECK(ask(*log) == said);
    Record record = record_by_chance(random, kRecords);
    CHECK(log->append(log->end().position, std::span(&record, 1)).error().why.code ==
          ErrorCode::kWriteFailed);
  }
  for (const fs::path& left : {path, killed / "log"}) {
    CHECK(ask(*open_small(left, RocksMode::kRead)) == said);
    const auto log = open_small(left);
    CHECK(ask(*log) == said);
    CHECK(archive_all(*log, second(300)) > 0);
    CHECK(ask(*log) == said);
    CHECK(stored_records(left) < 150);
  }
}

TEST_CASE("cursors go on undisturbed while the records before them are archived") {
  std::mt19937_64 random(1);
  const TempDirectory directory;
  const fs::path path = directory / "log";
  const auto log = open_small(path, RocksMode::kCreate);
  append_by_chance(*log, random, kRecords);
  const Said said = ask(*log);
  const auto reader = open_small(path, RocksMode::kRead);
  auto all = log->read(Position{1});
  const EntityRef key = ref(KeyNumber{1});
  auto history = log->read_entities(std::span(&key, 1), UsesInHistory::kInclude, Position{1});
  std::vector<Record> read;
  for (int i = 0; i < 50; ++i) read.push_back(std::move(**(*all)->next()));
  archive_all(*log, second(10'000));
  const std::vector<Record> rest = read_all(std::move(all));
  read.insert(read.end(), rest.begin(), rest.end());
  CHECK(read == said.records);
  CHECK(read_all(std::move(history)) == said.histories[0]);
  // A reader opened before the move gives equal answers.
  CHECK(ask(*reader) == said);
}

TEST_CASE("a log is read and appended to by others while it is archived") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const TempDirectory directory;
  const fs::path path = directory / "log";
  const auto log = open_small(path, RocksMode::kCreate);
  append_by_chance(*log, random, 200);
  std::atomic<bool> over = false;
  std::atomic<int> files = 0;
  std::atomic<bool> failed = false;
  std::thread archiving([&] {
    while (!over) {
      const auto moved = log->archive_oldest(second(1'000'000), kNeverStop);
      if (!moved) failed = true;
      if (moved && moved->has_value()) ++files;
    }
  });
  std::thread reading([&] {
    while (!over) {
      const std::uint64_t records = log->end().records;
      auto cursor = log->read(Position{1});
      std::uint64_t count = 0;
      for (; cursor; ++count) {
        const auto record = (*cursor)->next();
        if (!record) failed = true;
        if (!record || !record->has_value()) break;
      }
      if (count < records) failed = true;
    }
  });
  while (files < 5 && !failed) append_by_chance(*log, random, 10);
  over = true;
  archiving.join();
  reading.join();
  CHECK(!failed);
  MerkleFrontier tree;
  std::vector<MerkleNode> completed;
  for (const Bytes& bytes : ask(*log).bytes) tree.append(leaf_hash(bytes), completed);
  CHECK(tree.root() == log->head().root);
}

TEST_CASE("an index of uses that is lost is made again from the archive") {
  const Example example(1);
  {
    const auto store = RocksStore::open(example.path, RocksMode::kWrite);
    REQUIRE(store.ok());
    rocksdb::WriteBatch batch;
    REQUIRE(batch
                .DeleteRange((*store)->entities(), use_row_prefix(EntityRef::Kind{}, 0),
                             segment_marker_key(~std::uint64_t{0}))
                .ok());
    REQUIRE((*store)->db().Write({}, &batch).ok());
  }
  CHECK(ask(*open_small(example.path, RocksMode::kRead)) == example.said);
  CHECK(ask(*open_small(example.path)) == example.said);
}

}  // namespace keyledger::ledger

#endif
