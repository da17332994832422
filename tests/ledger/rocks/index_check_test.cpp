// Everything that is derived from the records is compared with them, and can be made anew from them.
#ifndef KEYLEDGER_MEMORY_LOG_ONLY

#include "ledger/rocks/index_check.h"

#include <rocksdb/write_batch.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>
#include <map>

#include "ledger/rocks/index_repair.h"
#include "ledger/rocks/row_keys.h"
#include "tests/ledger/examples.h"
#include "tests/ledger/log_under_test.h"
#include "tests/ledger/rocks/archive_example.h"
#include "tests/support/temp_directory.h"

namespace keyledger::ledger {
namespace {

namespace fs = std::filesystem;

using Rows = std::map<std::string, std::string>;

// Appends a command with an id in three records.
void append_command(IndexedLog& log, const std::string& id) {
  std::vector<Record> records;
  for (std::uint32_t key = 1; key <= 3; ++key) {
    Record record = examples::fresh(KeyDeactivated{KeyNumber{key}});
    record.idempotency_id = id;
    record.command_digest = Hash{9};
    records.push_back(record);
  }
  REQUIRE(log.append(log.end().position, records).ok());
}

// An import: a record about many keys, whose rows are bits.
Record import_of(std::uint32_t keys) {
  Record record = examples::fresh(KeyDeactivated{KeyNumber{1}});
  for (std::uint32_t key = 2; key <= keys; ++key) record.events.emplace_back(KeyActivated{KeyNumber{key}});
  return record;
}

// A closed log with every kind of row, partly in the archive, in small segments.
struct Indexed {
  tests::TempDirectory directory;
  fs::path path = directory / "log";
  LogHead head;

  Indexed() {
    const auto log = open_small(path, RocksMode::kCreate);
    for (int round = 0; round < 20; ++round) {
      append_command(*log, "command-" + std::to_string(round));
      append_one(*log, examples::uses(40, static_cast<std::uint32_t>(round % 4 + 1)));
      append_one(*log, import_of(40));
      Record nothing = examples::fresh(CommandHadNoEffect{});
      nothing.idempotency_id = "nothing-" + std::to_string(round);
      nothing.command_digest = Hash{8};
      append_one(*log, nothing);
    }
    REQUIRE(archive_all(*log, kLatest) > 0);
    head = log->head();
  }

  RepairSettings repair_settings(RepairFaults faults = {}) const {
    return {.rocks = small_settings(path), .remembered = head, .progress = {}, .faults = std::move(faults)};
  }

  RepairedIndexes repair() const {
    const auto repaired = repair_rocks_indexes(path, repair_settings());
    if (!repaired) FAIL(repaired.error().message());
    return *repaired;
  }

  IndexChecked check() const {
    const auto log = open_small(path, RocksMode::kRead);
    const auto check = log->begin_index_check();
    const auto cursor = log->read(Position{1});
    REQUIRE(cursor.ok());
    for (;;) {
      const auto record = (*cursor)->next();
      REQUIRE(record.ok());
      if (!record->has_value()) break;
      REQUIRE(check->take(**record, (*cursor)->bytes()).ok());
    }
    const auto checked = check->finish();
    REQUIRE(checked.ok());
    return *checked;
  }

  // Returns all rows except the records.
  Rows rows() const {
    const auto store = RocksStore::open(path, RocksMode::kRead);
    REQUIRE(store.ok());
    Rows rows;
    for (auto* family : {(*store)->entities(), (*store)->idempotency(), (*store)->merkle()}) {
      const auto each = (*store)->iterate(family);
      for (each->SeekToFirst(); each->Valid(); each->Next())
        rows[family->GetName() + each->key().ToString()] = each->value().ToString();
    }
    return rows;
  }

  using Change = std::function<void(const RocksStore& store, rocksdb::WriteBatch& batch)>;
  void change(const Change& change) const {
    const auto store = RocksStore::open(path, RocksMode::kWrite);
    REQUIRE(store.ok());
    rocksdb::WriteBatch batch;
    change(**store, batch);
    REQUIRE((*store)->db().Write({}, &batch).ok());
  }
};

// Returns the first key of the family that begins with the byte.
std::string first_key(const RocksStore& store, rocksdb::ColumnFamilyHandle* family, char first_byte) {
  const auto rows = store.iterate(family);
  rows->Seek(std::string(1, first_byte));
  REQUIRE((rows->Valid() && rows->key()[0] == first_byte));
  return rows->key().ToString();
}

std::string value_of(const RocksStore& store, rocksdb::ColumnFamilyHandle* family, const std::string& key) {
  std::string value;
  REQUIRE(store.db().Get({}, family, key, &value).ok());
  return value;
}

std::string flipped(std::string bytes) {
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  return bytes;
}

struct Damage {
  std::string difference;  // a part of the text that names it
  Indexed::Change change;
};

std::vector<Damage> damages() {
  const auto drop = [](auto family, char first_byte) {
    return [=](const RocksStore& store, rocksdb::WriteBatch& batch) {
      auto* handle = (store.*family)();
      REQUIRE(batch.Delete(handle, first_key(store, handle, first_byte)).ok());
    };
  };
  const auto flip = [](auto family, char first_byte) {
    return [=](const RocksStore& store, rocksdb::WriteBatch& batch) {
      auto* handle = (store.*family)();
      const std::string key = first_key(store, handle, first_byte);
      REQUIRE(batch.Put(handle, key, flipped(value_of(store, handle, key))).ok());
    };
  };
  const auto put = [](auto family, const std::string& key, const std::string& value) {
    return [=](const RocksStore& store, rocksdb::WriteBatch& batch) {
      REQUIRE(batch.Put((store.*family)(), key, value).ok());
    };
  };
  const auto entities = &RocksStore::entities;
  const auto idempotency = &RocksStore::idempotency;
  const auto merkle = &RocksStore::merkle;
  const IdempotencyEntry entry{.first = Position{1}, .last = Position{3}, .command_digest = Hash{9}};
  return {
      {"the entity index has no row for key 1 at position 1", drop(entities, 1)},
      {"the entity index has no row for", drop(entities, 4)},
      {"the entity index has", flip(entities, 4)},
      {"has a surplus row for key 77 at position 1",
       put(entities, entity_key(ref(KeyNumber{77}), Position{1}), "")},
      {"has a surplus row for key 77 at position 999999",
       put(entities, entity_key(ref(KeyNumber{77}), Position{999'999}), "")},
      {"a row of the entity index is damaged", put(entities, std::string("\x09 strange"), "")},
      {"the row of the index of uses is missing for ", drop(entities, 2)},
      {"the row of the index of uses is different for ", flip(entities, 2)},
      {"the row of the index of uses is a surplus row for client",
       put(entities, use_row_key(EntityRef::Kind::kClient, 500, 1), "x")},
      {"the entry of the idempotency id command-0 is missing", drop(idempotency, 'c')},
      {"the entry of the idempotency id command-0 is different", flip(idempotency, 'c')},
      {"the entry of the idempotency id nothing-0 is missing", drop(idempotency, 'n')},
      {"the entry of the idempotency id other does not follow",
       put(idempotency, "other", idempotency_value(entry))},
      {"the entry of the idempotency id command-0 is different",
       put(idempotency, "command-0",
           idempotency_value({.first = Position{2}, .last = Position{3}, .command_digest = Hash{9}}))},
      {"node 0 of level 5 of the Merkle tree is missing", drop(merkle, 5)},
      {"node 0 of level 5 of the Merkle tree is different", flip(merkle, 5)},
      {"node 0 of level 6 of the Merkle tree is different", flip(merkle, 6)},
      {"node 900 of level 5 of the Merkle tree is surplus",
       put(merkle, merkle_key(5, 900), merkle_value({.hash = {}, .end = Position{1}}))},
  };
}

}  // namespace

TEST_CASE("E4: indexes that follow from the records agree, and a repair changes nothing of them") {
  const Indexed log;
  const RepairedIndexes repaired = log.repair();
  const Rows rows = log.rows();
  const IndexChecked checked = log.check();
  CHECK(checked.difference.value_or("") == "");
  CHECK(checked.entity_rows > 0);
  CHECK(checked.use_rows > 0);
  CHECK(checked.idempotency_rows == 40);
  CHECK(checked.nodes == repaired.nodes);
  CHECK(checked.root == log.head.root);
  CHECK(repaired.records == log.head.records);
  CHECK(repaired.idempotency_rows == 40);
  CHECK(log.repair() == repaired);
  CHECK(log.rows() == rows);
  CHECK(open_small(log.path)->head() == log.head);
}

TEST_CASE("E4: each missing, surplus or different row is named, and a repair makes it right") {
  const Indexed log;
  log.repair();
  const Rows rows = log.rows();
  for (const Damage& damage : damages()) {
    CAPTURE(damage.difference);
    log.change(damage.change);
    // A damaged inner node can already be needed to open the log.
    if (open_rocks_log(log.path, RocksMode::kRead, small_settings(log.path)).ok()) {
      const std::string difference = log.check().difference.value_or("none");
      CAPTURE(difference);
      CHECK(difference.find(damage.difference) != std::string::npos);
    } else {
      CHECK(damage.difference.find("missing") != std::string::npos);
    }
    log.repair();
    CHECK(log.rows() == rows);
    CHECK(log.check().difference.value_or("") == "");
  }
}

TEST_CASE("E4: the entry of a command without effect that an old version left stays") {
  const Indexed log;
  const IdempotencyEntry old{.first = kBeforeFirst, .last = Position{5}, .command_digest = Hash{1}};
  log.change([&](const RocksStore& store, rocksdb::WriteBatch& batch) {
    REQUIRE(batch.Put(store.idempotency(), "old", idempotency_value(old)).ok());
  });
  CHECK(log.check().difference.value_or("") == "");
  log.repair();
  CHECK(*open_small(log.path, RocksMode::kRead)->find_idempotent("old") == old);
}

TEST_CASE("E4: a repair that is cut off at any step leaves a refused log, and is done by the next repair") {
  const Indexed log;
  log.repair();
  const Rows rows = log.rows();
  for (const RepairStep last : {RepairStep::kNoted, RepairStep::kDropped, RepairStep::kEntriesRemoved,
                                RepairStep::kRowsWritten, RepairStep::kFlushed}) {
    CAPTURE(static_cast<int>(last));
    const auto cut = [&](RepairStep step) { return step == last; };
    CHECK(repair_rocks_indexes(log.path, log.repair_settings(cut)).error().code == ErrorCode::kWriteFailed);
    for (const RocksMode mode : {RocksMode::kRead, RocksMode::kWrite}) {
      const auto opened = open_rocks_log(log.path, mode, small_settings(log.path));
      REQUIRE(!opened.ok());
      CHECK(opened.error().code == ErrorCode::kIndexDiffers);
    }
    log.repair();
    CHECK(log.rows() == rows);
    CHECK(open_small(log.path)->head() == log.head);
  }
}

TEST_CASE("E4: a repair that was cut off between dropping a family and making it again is taken up") {
  const Indexed log;
  log.repair();
  const Rows rows = log.rows();
  const auto family = GENERATE(as<std::string>(), "entities", "merkle");
  {
    const auto store = RocksStore::open(log.path, RocksMode::kWrite);
    REQUIRE(store.ok());
    auto* handle = family == "entities" ? (*store)->entities() : (*store)->merkle();
    REQUIRE((*store)->db().DropColumnFamily(handle).ok());
  }
  for (const RocksMode mode : {RocksMode::kRead, RocksMode::kWrite}) {
    const auto opened = open_rocks_log(log.path, mode, small_settings(log.path));
    REQUIRE(!opened.ok());
    CHECK(opened.error().code == ErrorCode::kIndexDiffers);
  }
  log.repair();
  CHECK(log.rows() == rows);
}

TEST_CASE("E4: a repair of a log whose records are not those that were written changes nothing") {
  const Indexed log;
  const Rows rows = log.rows();
  RepairSettings settings = log.repair_settings();
  SECTION("another root") { settings.remembered.root = Hash{1}; }
  SECTION("a longer log") { ++settings.remembered.records; }
  CHECK(repair_rocks_indexes(log.path, settings).error().code == ErrorCode::kShortened);
  CHECK(log.rows() == rows);
  CHECK(open_small(log.path)->head() == log.head);
}

}  // namespace keyledger::ledger

#endif
