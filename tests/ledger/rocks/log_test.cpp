// Promises of the log on disk alone: contents survive closing, and the first failure stops the log.
#ifndef KEYLEDGER_MEMORY_LOG_ONLY

#include "ledger/rocks/log.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "ledger/rocks/row_keys.h"
#include "ledger/rocks/store.h"
#include "tests/ledger/examples.h"
#include "tests/ledger/log_under_test.h"
#include "tests/support/temp_directory.h"

namespace keyledger::ledger {
namespace {

namespace fs = std::filesystem;
using tests::TempDirectory;

Record about_key(std::uint32_t key) { return examples::fresh(KeyActivated{KeyNumber{key}}); }

// A use of each of 500 keys, large enough that a cut through a small write-ahead log can hit every part of a
// record.
Record large() { return examples::uses(500, 500); }

std::vector<Record> history_of(const IndexedLog& log, const EntityRef& entity) {
  return read_all(log.read_entities(std::span(&entity, 1), UsesInHistory::kInclude, Position{1}));
}

}  // namespace

TEST_CASE("a log that is opened again is the log that was closed, at every size of its tree") {
  const TempDirectory directory;
  std::vector<Record> records;
  LogHead head = open_log(directory / "log", RocksMode::kCreate)->head();
  for (int i = 0; i < 40; ++i) {
    const auto log = open_log(directory / "log", RocksMode::kWrite);
    REQUIRE(log->head() == head);
    Record record = i % 4 == 0 ? examples::uses(7, 3) : about_key(2);
    record.idempotency_id = "id-" + std::to_string(i);
    record.time = later_by(examples::kNoon, i);
    head = append_one(*log, record);
    record.index = head.records - 1;
    record.position = Position{head.position.value() - positions_of(record) + 1};
    records.push_back(record);
  }
  const auto log = open_log(directory / "log", RocksMode::kWrite);
  CHECK(log->head() == head);
  CHECK(*log->root_at(head.records) == head.root);
  CHECK(read_all(log->read(Position{1})) == records);
  CHECK(history_of(*log, ref(KeyNumber{2})) == records);
  CHECK(history_of(*log, ref(KeyNumber{3})).size() == 10);
  for (const Record& record : records) {
    const auto entry = log->find_idempotent(record.idempotency_id);
    REQUIRE((entry.ok() && entry->has_value()));
    CHECK((*entry)->first == record.position);
  }
}

TEST_CASE("what was appended and not synced is there after the process is gone") {
  const TempDirectory directory;
  const auto log = open_log(directory / "log", RocksMode::kCreate);
  for (int i = 0; i < 50; ++i) append_one(*log, large());
  // A copy of the files equals the operating system's files after a kill.
  fs::copy(directory / "log", directory / "copy", fs::copy_options::recursive);
  const auto copy = open_log(directory / "copy", RocksMode::kWrite);
  CHECK(copy->head() == log->head());
  CHECK(read_all(copy->read(Position{1})) == read_all(log->read(Position{1})));
  CHECK(history_of(*copy, ref(KeyNumber{499})).size() == 50);
}

TEST_CASE("a log is read beside its writer, as of its opening, and changes nothing") {
  const TempDirectory directory;
  const auto log = open_log(directory / "log", RocksMode::kCreate);
  for (int i = 0; i < 20; ++i) append_one(*log, large());
  const LogHead head = log->head();
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& file : fs::directory_iterator(directory / "log")) ++files;
  const auto reader = open_log(directory / "log", RocksMode::kRead);
  append_one(*log, large());
  CHECK(reader->head() == head);
  CHECK(read_all(reader->read(Position{1})).size() == 20);
  CHECK(open_log(directory / "log", RocksMode::kRead)->head() == log->head());
  for ([[maybe_unused]] const auto& file : fs::directory_iterator(directory / "log")) --files;
  CHECK(files == 0);
}

TEST_CASE("a log that is open to be read takes no writes") {
  const TempDirectory directory;
  append_one(*open_log(directory / "log", RocksMode::kCreate), about_key(1));
  const auto reader = open_log(directory / "log", RocksMode::kRead);
  Record record = about_key(1);
  CHECK(reader->append(Position{1}, std::span(&record, 1)).error().why.code == ErrorCode::kWriteFailed);
  CHECK(reader->sync().error().why.code == ErrorCode::kWriteFailed);
}

TEST_CASE("a log that is not there is corrupt, and is not created") {
  const TempDirectory directory;
  const auto mode = GENERATE(RocksMode::kWrite, RocksMode::kRead);
  const auto log = open_rocks_log(directory / "log", mode);
  REQUIRE(!log.ok());
  CHECK(log.error().code == ErrorCode::kCorruptDatabase);
  CHECK(!fs::exists(directory.path() / "log" / "CURRENT"));
}

TEST_CASE("after a write or a sync that failed nothing is accepted, until the log is opened anew") {
  const TempDirectory directory;
  const auto failing = GENERATE(RocksOperation::kAppend, RocksOperation::kSync);
  bool armed = false;
  LogHead before;
  {
    const auto log =
        open_log(directory / "log", RocksMode::kCreate, {.faults = [&](RocksOperation operation) {
                   return operation == failing && std::exchange(armed, false);
                 }});
    before = append_one(*log, about_key(1));
    CHECK(log->sync().ok());
    armed = true;
    Record record = about_key(2);
    if (failing == RocksOperation::kAppend) {
      CHECK(log->append(before.position, std::span(&record, 1)).error().why.code == ErrorCode::kWriteFailed);
    } else {
      CHECK(log->sync().error().why.code == ErrorCode::kWriteFailed);
    }
    CHECK(!armed);
    CHECK(log->append(before.position, std::span(&record, 1)).error().why.code == ErrorCode::kWriteFailed);
    CHECK(log->sync().error().why.code == ErrorCode::kWriteFailed);
    CHECK(log->head() == before);
    CHECK(read_all(log->read(Position{1})).size() == 1);
  }
  const auto log = open_log(directory / "log", RocksMode::kWrite);
  CHECK(log->head() == before);
  CHECK(append_one(*log, about_key(2)).position == Position{2});
}

TEST_CASE("a log whose write-ahead log is cut anywhere is a beginning of what it was, or refused") {
  const TempDirectory directory;
  std::vector<Record> records;
  const auto log = open_log(directory / "log", RocksMode::kCreate);
  for (int i = 0; i < 8; ++i) append_one(*log, i % 2 == 0 ? large() : about_key(1));
  records = read_all(log->read(Position{1}));
  const auto roots = [&] {
    std::vector<Hash> all;
    for (std::uint64_t size = 0; size <= records.size(); ++size) all.push_back(*log->root_at(size));
    return all;
  }();
  fs::path newest;
  for (const auto& file : fs::directory_iterator(directory / "log")) {
    if (file.path().extension() == ".log" && file.file_size() > 0) newest = file.path().filename();
  }
  const std::uint64_t size = fs::file_size(directory / "log" / newest);
  for (std::uint64_t cut = 0; cut < size; cut += size / 60 + 1) {
    CAPTURE(cut);
    const fs::path copy = directory / ("cut-" + std::to_string(cut));
    fs::copy(directory / "log", copy, fs::copy_options::recursive);
    fs::resize_file(copy / newest, cut);
    const auto opened = open_rocks_log(copy, RocksMode::kRead);
    if (!opened.ok()) continue;
    const LogHead head = (*opened)->head();
    REQUIRE(head.records < records.size());
    CHECK(head.root == roots[head.records]);
    const auto kept = read_all((*opened)->read(Position{1}));
    CHECK(kept ==
          std::vector<Record>(records.begin(), records.begin() + static_cast<std::ptrdiff_t>(head.records)));
    // The index is cut together with the records.
    CHECK(history_of(**opened, ref(KeyNumber{1})) == kept);
  }
}

TEST_CASE("a large record of an older version is read, and the log goes on") {
  const TempDirectory directory;
  Record old = examples::fresh(AccountOpened{AccountNumber{1}, std::string(1'000'000, 'a')});
  old.idempotency_id = "old";
  LogHead head;
  {
    const auto log =
        open_log(directory / "log", RocksMode::kCreate, {.faults = {}, .record_bytes_max = kRecordBytesMax});
    head = append_one(*log, old);
    old.index = 0;
    old.position = Position{1};
  }
  const auto log = open_log(directory / "log", RocksMode::kWrite);
  CHECK(log->head() == head);
  CHECK(read_all(log->read(Position{1})) == std::vector<Record>{old});
  CHECK(history_of(*log, ref(AccountNumber{1})).size() == 1);
  CHECK(log->find_idempotent("old")->has_value());
  Record again = old;
  const auto refused = log->append(Position{1}, std::span(&again, 1));
  CHECK(refused.error().why.code == ErrorCode::kRecordTooLarge);
  append_one(*log, examples::uses(3, 1, old.time));
  CHECK(log->head().records == 2);
}

TEST_CASE("what an older version noted of a command without effect is found") {
  const TempDirectory directory;
  const IdempotencyEntry entry{.first = kBeforeFirst, .last = Position{1}, .command_digest = Hash{9}};
  append_one(*open_log(directory / "log", RocksMode::kCreate), examples::uses(1, 1));
  {
    // A row that no record carries.
    const auto store = RocksStore::open(directory / "log", RocksMode::kWrite, {});
    REQUIRE(store.ok());
    REQUIRE((*store)
                ->db()
                .Put(rocksdb::WriteOptions(), (*store)->idempotency(), "old", idempotency_value(entry))
                .ok());
  }
  const auto log = open_log(directory / "log", RocksMode::kWrite);
  CHECK(*log->find_idempotent("old") == entry);
}

TEST_CASE("a hole in the log is found when it is opened") {
  // Make two write-ahead logs and no tables, as a process killed while flushing memory to disk would leave
  // them. RocksDB does not report that the older write-ahead log is cut.
  const TempDirectory directory;
  {
    const auto log = open_log(directory / "log", RocksMode::kCreate);
    for (int i = 0; i < 40; ++i) append_one(*log, large());
    fs::copy(directory / "log", directory / "first", fs::copy_options::recursive);
  }
  const auto log = open_log(directory / "log", RocksMode::kWrite);
  for (int i = 0; i < 40; ++i) append_one(*log, large());
  // Put the newer write-ahead log beside the older files.
  fs::path newer;
  for (const auto& file : fs::directory_iterator(directory / "log")) {
    if (file.path().extension() == ".log" && file.file_size() > 0) newer = file.path();
  }
  fs::path older;
  for (const auto& file : fs::directory_iterator(directory / "first")) {
    if (file.path().extension() == ".log" && file.file_size() > 0) older = file.path();
  }
  fs::copy_file(newer, directory.path() / "first" / newer.filename());
  REQUIRE(older.filename() < newer.filename());
  CHECK(open_log(directory / "first", RocksMode::kRead)->head() == log->head());
  fs::resize_file(older, fs::file_size(older) / 2);
  const auto holed = open_rocks_log(directory / "first", RocksMode::kRead);
  REQUIRE(!holed.ok());
  CHECK(holed.error().is_corruption());
  CAPTURE(holed.error().message());
  CHECK(holed.error().detail.find("hole") != std::string::npos);
}

}  // namespace keyledger::ledger

#endif
