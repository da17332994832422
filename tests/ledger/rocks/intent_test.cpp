// An intent is appended in parts: completely or not at all, despite interruptions.
#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "ledger/append/prepared_records.h"
#include "tests/ledger/examples.h"
#include "tests/ledger/log_under_test.h"
#include "tests/support/temp_directory.h"

#ifndef KEYLEDGER_MEMORY_LOG_ONLY
#include "ledger/rocks/intent_file.h"
#include "ledger/rocks/log.h"
#include "ledger/values/sha256.h"
#include "tests/ledger/file_damage.h"
#endif

namespace keyledger::ledger {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kParts = 3;

// The records of one command, in parts of two, and the append of the records after begin().
struct Long {
  std::vector<Record> records;
  std::unique_ptr<LongAppend> append;

  Long() {
    for (std::uint32_t key = 1; key <= 2 * kParts; ++key) {
      Record record = examples::fresh(KeyDeactivated{KeyNumber{key}});
      record.events.emplace_back(KeyActivated{KeyNumber{key}});
      record.idempotency_id = "long";
      record.command_digest = Hash{7};
      records.push_back(record);
    }
  }

  std::span<Record> of(std::size_t part) { return std::span(records).subspan(2 * part, 2); }

  std::vector<std::span<Record>> parts() {
    std::vector<std::span<Record>> all;
    for (std::size_t part = 0; part < kParts; ++part) all.push_back(of(part));
    return all;
  }

  void begin(Log& log) {
    auto begun = log.begin_long(parts());
    REQUIRE(begun.ok());
    append = std::move(*begun);
  }
};

void append_part(Log& log, Long& command) { REQUIRE(command.append->append_next(log.end().position).ok()); }

std::vector<Record> all_of(const IndexedLog& log) { return read_all(log.read(Position{1})); }

std::vector<std::uint64_t> history_of(const IndexedLog& log, std::uint32_t key) {
  const EntityRef entity = ref(KeyNumber{key});
  return positions_in(
      read_all(log.read_entities(std::span(&entity, 1), UsesInHistory::kInclude, Position{1})));
}

IdempotencyEntry entry_of(const IndexedLog& log) {
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
  intended.begin(made.log);
  for (std::size_t part = 0; part < kParts; ++part) {
    append_one(made.log, examples::uses(5, 2));
    append_one(plain.log, examples::uses(5, 2));
    append_part(made.log, intended);
    REQUIRE(plain.log.append(plain.log.end().position, same.of(part)).ok());
  }
  CHECK(made.log.head() == plain.log.head());
  CHECK(all_of(made.log) == all_of(plain.log));
  for (std::uint32_t key = 1; key < 8; ++key) CHECK(history_of(made.log, key) == history_of(plain.log, key));
  // The command has one entry, although uses were appended between its parts.
  CHECK(entry_of(made.log).first == intended.records.front().position);
  CHECK(entry_of(made.log).last == made.log.end().position);
  CHECK(entry_of(made.log).command_digest == Hash{7});
}

#ifndef KEYLEDGER_MEMORY_LOG_ONLY

namespace {

// A log with a few uses and an intent. No part of the intent is appended yet.
struct IntendedLog {
  std::unique_ptr<IndexedLog> log;
  Long command;

  explicit IntendedLog(const fs::path& path) : log(open_log(path, RocksMode::kCreate)) {
    append_one(*log, examples::uses(3, 2));
    command.begin(*log);
  }
};

// Returns a copy of the files, as a process killed at this moment would leave them.
fs::path killed_copy(const tests::TempDirectory& directory, const std::string& name) {
  fs::copy(directory / "log", directory / name, fs::copy_options::recursive);
  if (fs::exists(directory / "log.intent")) {
    fs::copy(directory / "log.intent", directory / (name + ".intent"));
  }
  return directory / name;
}

}  // namespace

TEST_CASE("what a process intended and did not come to append, the next opening appends") {
  const tests::TempDirectory directory;
  IntendedLog intended(directory / "log");
  auto& [log, command] = intended;
  for (std::size_t appended = 0; appended <= kParts; ++appended) {
    CAPTURE(appended);
    const fs::path copy = killed_copy(directory, "killed-" + std::to_string(appended));
    const LogHead before = log->head();
    // Opening for reading changes nothing.
    CHECK(open_log(copy, RocksMode::kRead)->head() == before);
    CHECK(fs::exists(copy.string() + ".intent"));
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
    CHECK(!fs::exists(copy.string() + ".intent"));
    const auto again = open_log(copy, RocksMode::kWrite);
    CHECK(again->head() == head);
    Record last = examples::uses(1, 1);
    last.time = head.time;
    CHECK(append_one(*again, last).records == head.records + 1);
    if (appended == kParts) break;
    append_part(*log, command);
    Record use = examples::uses(4, 2);
    use.time = later_by(command.records.back().time, 1'000);  // later than the remaining parts' own times
    append_one(*log, use);
    for (Record& record : command.records) record.time = std::max(record.time, use.time);
  }
}

TEST_CASE("what is intended is forgotten when it is appended and on the disk") {
  const tests::TempDirectory directory;
  const auto log = open_log(directory / "log", RocksMode::kCreate);
  for (int round = 0; round < 2; ++round) {
    Long command;
    command.begin(*log);
    for (std::size_t part = 0; part < kParts; ++part) {
      REQUIRE(log->sync().ok());
      CHECK(fs::exists(directory / "log.intent"));
      append_part(*log, command);
    }
    CHECK(fs::exists(directory / "log.intent"));
    REQUIRE(log->sync().ok());
    CHECK(!fs::exists(directory / "log.intent"));
  }
}

TEST_CASE("what could not be intended is nothing") {
  const tests::TempDirectory directory;
  Long command;
  LogHead before;
  {
    const auto log =
        open_log(directory / "log", RocksMode::kCreate,
                 {.faults = [](RocksOperation operation) { return operation == RocksOperation::kIntend; }});
    before = append_one(*log, examples::uses(3, 2));
    CHECK(log->begin_long(command.parts()).error().why.code == ErrorCode::kWriteFailed);
    CHECK(log->append(before.position, command.of(0)).error().why.code == ErrorCode::kWriteFailed);
  }
  CHECK(!fs::exists(directory / "log.intent"));
  CHECK(open_log(directory / "log", RocksMode::kWrite)->head() == before);
}

TEST_CASE("the records before a long append are on the disk before the append is intended") {
  const tests::TempDirectory directory;
  std::vector<RocksOperation> operations;
  const auto log = open_log(directory / "log", RocksMode::kCreate, {.faults = [&](RocksOperation operation) {
                              operations.push_back(operation);
                              return false;
                            }});
  append_one(*log, examples::uses(3, 2));
  operations.clear();
  Long command;
  command.begin(*log);
  CHECK(operations == std::vector{RocksOperation::kSync, RocksOperation::kIntend});
}

TEST_CASE("after a failed write, a sync and a later part say that the records may be in the log") {
  const tests::TempDirectory directory;
  bool fails = false;
  const auto log =
      open_log(directory / "log", RocksMode::kCreate, {.faults = [&](RocksOperation) { return fails; }});
  Long command;
  command.begin(*log);
  append_part(*log, command);
  fails = true;
  CHECK(log->append(log->end().position, command.of(1)).error().outcome ==
        AppendFailure::Outcome::kUncertain);
  fails = false;
  CHECK(log->sync().error().outcome == AppendFailure::Outcome::kUncertain);
  const auto later = command.append->append_next(log->end().position);
  CHECK(later.error().outcome == AppendFailure::Outcome::kUncertain);
}

TEST_CASE("an intent that cannot be written leaves no file") {
  const tests::TempDirectory directory;
  Long command;
  fs::create_directories(directory / "log.intent" / "in the way");
  const PreparedRecords prepared(command.of(0));
  CHECK(!write_intent(directory / "log.intent", {}, std::span(&prepared, 1)).ok());
  CHECK(!fs::exists(directory / "log.intent.new"));
}

TEST_CASE("an intent that is not as it was written is refused, whatever is wrong with it") {
  const tests::TempDirectory directory;
  {
    IntendedLog intended(directory / "log");
    append_part(*intended.log, intended.command);
  }
  const fs::path file = directory / "log.intent";
  const std::string whole = tests::read_file(file);
  const auto is_refused = [&] {
    const auto intended = read_intent(file);
    return !intended.ok() && intended.error().code == ErrorCode::kCorruptDatabase;
  };
  for (std::size_t at = 0; at < whole.size(); at += 5) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    tests::write_file(file, damaged);
    if (!is_refused()) FAIL_CHECK("with byte " << at << " changed");
    tests::write_file(file, whole.substr(0, at));
    if (!is_refused()) FAIL_CHECK("with " << at << " bytes");
  }
  // Opening for reading also finds the damage: a damaged ledger is refused before any change.
  const auto mode = GENERATE(RocksMode::kRead, RocksMode::kWrite);
  const auto refused = open_rocks_log(directory / "log", mode);
  REQUIRE(!refused.ok());
  CHECK(refused.error().code == ErrorCode::kCorruptDatabase);
  tests::write_file(file, whole);
  CHECK(open_rocks_log(directory / "log", mode).ok());
}

TEST_CASE("E1: a log that ends inside a long append is refused without the file of the append") {
  const tests::TempDirectory directory;
  {
    IntendedLog intended(directory / "log");
    append_part(*intended.log, intended.command);
    append_one(*intended.log, examples::uses(4, 2));
  }
  const auto mode = GENERATE(RocksMode::kRead, RocksMode::kWrite);
  SECTION("no file") {
    fs::remove(directory / "log.intent");
    const auto opened = open_rocks_log(directory / "log", mode);
    REQUIRE(!opened.ok());
    CHECK(opened.error().code == ErrorCode::kCorruptDatabase);
    CHECK(opened.error().detail.find("log.intent: the file is missing") != std::string::npos);
  }
  SECTION("the file of another append") {
    const IntentPlace place = read_intent(directory / "log.intent").value()->place;
    Long command;
    const PreparedRecords prepared(command.of(0));
    REQUIRE(write_intent(directory / "log.intent", place, std::span(&prepared, 1)).ok());
    const auto opened = open_rocks_log(directory / "log", mode);
    REQUIRE(!opened.ok());
    CHECK(opened.error().code == ErrorCode::kCorruptDatabase);
  }
  SECTION("the file is put back") { CHECK(open_rocks_log(directory / "log", mode).ok()); }
}

TEST_CASE("E1: a long append is open from its first part to its last, and no longer") {
  const tests::TempDirectory directory;
  IntendedLog intended(directory / "log");
  for (std::size_t appended = 0; appended <= kParts; ++appended) {
    CAPTURE(appended);
    const fs::path copy = killed_copy(directory, "killed-" + std::to_string(appended));
    fs::remove(copy.string() + ".intent");
    const bool is_open = 0 < appended && appended < kParts;
    CHECK(open_rocks_log(copy, RocksMode::kWrite).ok() == !is_open);
    if (appended < kParts) append_part(*intended.log, intended.command);
  }
}

TEST_CASE("E1: an append that an opening finishes is open no longer") {
  const tests::TempDirectory directory;
  {
    IntendedLog intended(directory / "log");
    append_part(*intended.log, intended.command);
  }
  open_log(directory / "log", RocksMode::kWrite);
  CHECK(!fs::exists(directory / "log.intent"));
  CHECK(open_log(directory / "log", RocksMode::kRead)->end().records == 1 + 2 * kParts);
}

TEST_CASE("E1: the intent of another ledger, or of another history, is refused before anything is changed") {
  const tests::TempDirectory directory;
  const auto place = [&](std::uint8_t id) {
    RocksSettings settings;
    settings.archive.ledger_id = examples::uuid(id);
    return settings;
  };
  const auto make = [&](const std::string& name, std::uint8_t id, std::uint32_t key) {
    const auto log = open_log(directory / name, RocksMode::kCreate, place(id));
    append_one(*log, examples::uses(3, key));
    Long command;
    command.begin(*log);
  };
  make("log", 1, 2);
  const auto id = static_cast<std::uint8_t>(GENERATE(1, 2));
  make("other", id, 5);
  fs::copy(directory / "other.intent", directory / "log.intent", fs::copy_options::overwrite_existing);
  for (const RocksMode mode : {RocksMode::kRead, RocksMode::kWrite}) {
    const auto opened = open_rocks_log(directory / "log", mode, place(1));
    REQUIRE(!opened.ok());
    CHECK(opened.error().code == (id == 1 ? ErrorCode::kCorruptDatabase : ErrorCode::kForeignPart));
  }
  fs::remove(directory / "log.intent");
  CHECK(open_log(directory / "log", RocksMode::kWrite, place(1))->end().records == 1);
}

TEST_CASE("an intent of a version before, without ledger and root, is finished") {
  const tests::TempDirectory directory;
  { const IntendedLog intended(directory / "log"); }
  const std::string now = tests::read_file(directory / "log.intent");
  std::string before = "KLINTENT" + now.substr(8 + 16 + 32, now.size() - (8 + 16 + 32) - sizeof(Hash));
  const auto checksum = sha256({reinterpret_cast<const std::uint8_t*>(before.data()), before.size()});
  before.append(checksum.begin(), checksum.end());
  tests::write_file(directory / "log.intent", before);
  CHECK(open_log(directory / "log", RocksMode::kWrite)->end().records == 1 + 2 * kParts);
  CHECK(!fs::exists(directory / "log.intent"));
}

TEST_CASE("an intent of a log that is shorter than it was is refused") {
  const tests::TempDirectory directory;
  { const IntendedLog intended(directory / "log"); }
  { open_log(directory / "other", RocksMode::kCreate); }
  fs::copy(directory / "log.intent", directory / "other.intent");
  const auto opened = open_rocks_log(directory / "other", RocksMode::kWrite);
  REQUIRE(!opened.ok());
  CHECK(opened.error().code == ErrorCode::kCorruptDatabase);
}

#endif

}  // namespace keyledger::ledger
