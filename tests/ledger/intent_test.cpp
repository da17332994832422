// What is intended is appended in parts, all of it or nothing, whatever comes between.
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "ledger/prepared_records.h"
#include "tests/ledger/examples.h"
#include "tests/ledger/log_under_test.h"
#include "tests/support/temp_directory.h"

#ifndef KEYLEDGER_MEMORY_LOG_ONLY
#include "ledger/rocks_keys.h"
#include "ledger/rocks_store.h"
#endif

namespace keyledger::ledger {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kParts = 3;

// The records of one command, in parts of two, with what a log is told of them.
struct Long {
  std::vector<Record> records;
  std::vector<PreparedRecords> parts;

  Long() {
    for (std::uint32_t key = 1; key <= 2 * kParts; ++key) {
      Record record = examples::fresh(KeyDeactivated{KeyNumber{key}});
      record.events.emplace_back(KeyActivated{KeyNumber{key}});
      record.idempotency_id = "long";
      record.command_digest = Hash{7};
      records.push_back(record);
    }
    for (std::size_t part = 0; part < kParts; ++part) parts.emplace_back(of(part));
  }

  std::span<Record> of(std::size_t part) { return std::span(records).subspan(2 * part, 2); }
};

void append_part(EventLog& log, Long& command, std::size_t part) {
  REQUIRE(log.append(log.end().position, command.of(part), &command.parts[part]).ok());
}

std::vector<Record> all_of(const EventLog& log) { return read_all(log.read(Position{1})); }

std::vector<std::uint64_t> history_of(const EventLog& log, std::uint32_t key) {
  const EntityRef entity = ref(KeyNumber{key});
  return positions_in(
      read_all(log.read_entities(std::span(&entity, 1), UsesInHistory::kInclude, Position{1})));
}

IdempotencyEntry entry_of(const EventLog& log) {
  const auto entry = log.find_idempotent("long");
  REQUIRE((entry.ok() && entry->has_value()));
  return **entry;
}

}  // namespace

TEMPLATE_TEST_CASE("what is intended is stored as if it were appended in parts, with uses between", "",
                   KEYLEDGER_LOGS_UNDER_TEST) {
  TestType made;
  TestType plain;
  Long intended;
  Long same;
  append_one(made.log, examples::uses(3, 2));
  append_one(plain.log, examples::uses(3, 2));
  REQUIRE(made.log.intend(intended.parts).ok());
  for (std::size_t part = 0; part < kParts; ++part) {
    append_one(made.log, examples::uses(5, 2));
    append_one(plain.log, examples::uses(5, 2));
    append_part(made.log, intended, part);
    REQUIRE(plain.log.append(plain.log.end().position, same.of(part)).ok());
  }
  CHECK(made.log.head() == plain.log.head());
  CHECK(all_of(made.log) == all_of(plain.log));
  for (std::uint32_t key = 1; key < 8; ++key) CHECK(history_of(made.log, key) == history_of(plain.log, key));
  // One entry, although uses came between.
  CHECK(entry_of(made.log).first == intended.records.front().position);
  CHECK(entry_of(made.log).last == made.log.end().position);
  CHECK(entry_of(made.log).command_digest == Hash{7});
}

#ifndef KEYLEDGER_MEMORY_LOG_ONLY

namespace {

std::unique_ptr<EventLog> open_log(const fs::path& path, RocksMode mode, RocksFaults faults = {}) {
  auto log = open_rocks_log(path, mode, {.faults = std::move(faults)});
  if (!log) FAIL(log.error().message());
  return std::move(*log);
}

// The files as a process leaves them that is killed now.
fs::path killed_copy(const tests::TempDirectory& directory, const std::string& name) {
  fs::copy(directory / "log", directory / name, fs::copy_options::recursive);
  return directory / name;
}

std::size_t notes_in(const fs::path& path) {
  const auto store = RocksStore::open(path, RocksMode::kRead);
  REQUIRE(store.ok());
  const auto rows = (*store)->iterate((*store)->notes());
  std::size_t count = 0;
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) ++count;
  return count;
}

}  // namespace

TEST_CASE("what a process intended and did not come to append, the next opening appends") {
  const tests::TempDirectory directory;
  Long command;
  const auto log = open_log(directory / "log", RocksMode::kCreate);
  append_one(*log, examples::uses(3, 2));
  REQUIRE(log->intend(command.parts).ok());
  for (std::size_t appended = 0; appended <= kParts; ++appended) {
    CAPTURE(appended);
    const fs::path copy = killed_copy(directory, "killed-" + std::to_string(appended));
    const LogHead before = log->head();
    // Who only reads changes nothing.
    CHECK(open_log(copy, RocksMode::kRead)->head() == before);
    CHECK(notes_in(copy) == (appended == kParts ? 0 : 2 * (kParts - appended) + 1));
    LogHead head;
    {
      const auto opened = open_log(copy, RocksMode::kWrite);
      head = opened->head();
      const auto records = all_of(*opened);
      CHECK(records.size() == 1 + command.records.size() + appended);
      std::vector<std::vector<Event>> events;
      std::vector<std::vector<Event>> wanted;
      Position last;
      for (const Record& record : records) {
        if (record.idempotency_id != "long") continue;
        events.push_back(record.events);
        last = last_position_of(record);
      }
      for (const Record& record : command.records) wanted.push_back(record.events);
      CHECK(events == wanted);
      CHECK(entry_of(*opened).last == last);
      if (appended > 0) CHECK(entry_of(*opened).first == command.records.front().position);
      for (std::uint32_t key = 1; key <= 2 * kParts; ++key) {
        CHECK(history_of(*opened, key).size() == (key < 3 ? 2 + appended : 1));
      }
      for (std::size_t i = 1; i < records.size(); ++i) CHECK(records[i - 1].time <= records[i].time);
    }
    CHECK(notes_in(copy) == 0);
    const auto again = open_log(copy, RocksMode::kWrite);
    CHECK(again->head() == head);
    Record last = examples::uses(1, 1);
    last.time = head.time;
    CHECK(append_one(*again, last).records == head.records + 1);
    if (appended == kParts) break;
    append_part(*log, command, appended);
    Record use = examples::uses(4, 2);
    use.time = later_by(command.records.back().time, 1'000);  // later than what is to come was decided
    append_one(*log, use);
    for (Record& record : command.records) record.time = std::max(record.time, use.time);
  }
}

TEST_CASE("what was not intended as a whole is nothing") {
  const tests::TempDirectory directory;
  Long command;
  std::size_t writes = 0;
  std::size_t works = 0;
  LogHead before;
  {
    const auto log = open_log(directory / "log", RocksMode::kCreate, [&](RocksOperation operation) {
      return operation == RocksOperation::kIntend && ++writes > works;
    });
    before = append_one(*log, examples::uses(3, 2));
    works = GENERATE(as<std::size_t>(), 0, 1, 2);
    CHECK(log->intend(command.parts).error().code == ErrorCode::kWriteFailed);
    CHECK(log->append(before.position, command.of(0)).error().code == ErrorCode::kWriteFailed);
  }
  CHECK(notes_in(directory / "log") == 2 * works);
  CHECK(open_log(directory / "log", RocksMode::kWrite)->head() == before);
  CHECK(notes_in(directory / "log") == 0);
  // And in the way of nothing that comes later.
  const auto log = open_log(directory / "log", RocksMode::kWrite);
  Long later;
  REQUIRE(log->intend(later.parts).ok());
  for (std::size_t part = 0; part < kParts; ++part) append_part(*log, later, part);
  CHECK(entry_of(*log).last == log->end().position);
}

TEST_CASE("an intent that is not as it was written is refused") {
  const tests::TempDirectory directory;
  Long command;
  const auto log = open_log(directory / "log", RocksMode::kCreate);
  REQUIRE(log->intend(command.parts).ok());
  append_part(*log, command, 0);
  const fs::path copy = killed_copy(directory, "killed");
  {
    auto store = RocksStore::open(copy, RocksMode::kWrite);
    REQUIRE(store.ok());
    rocksdb::WriteBatch damage;
    switch (GENERATE(0, 1, 2, 3, 4)) {
      case 0:
        REQUIRE(damage.Delete((*store)->notes(), intended_key(3)).ok());
        break;
      case 1:
        REQUIRE(damage.Delete((*store)->notes(), intended_key(5)).ok());
        break;
      case 2:
        REQUIRE(damage.Put((*store)->notes(), intended_key(2), "no record").ok());
        break;
      case 3:
        REQUIRE(damage.Put((*store)->notes(), intent_key(), "5").ok());
        break;
      default:
        REQUIRE(damage.Put((*store)->notes(), intent_key(), intent_value(5)).ok());
    }
    REQUIRE((*store)->db().Write({}, &damage).ok());
  }
  const auto opened = open_rocks_log(copy, RocksMode::kWrite);
  REQUIRE(!opened.ok());
  CHECK(opened.error().is_corruption());
}

#endif

}  // namespace keyledger::ledger
