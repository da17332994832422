// The promises of IndexedLog, tested on every implementation.
#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <random>
#include <thread>

#include "ledger/append/prepared_records.h"
#include "ledger/codec/record_codec.h"
#include "tests/ledger/examples.h"
#include "tests/ledger/log_under_test.h"
#include "tests/ledger/reference_tree.h"
#include "tests/support/seed.h"

namespace keyledger::ledger {
namespace {

using Positions = std::vector<std::uint64_t>;

Record about_key(std::uint32_t key) { return examples::fresh(KeyActivated{KeyNumber{key}}); }

std::vector<std::vector<std::uint8_t>> stored_bytes(const IndexedLog& log) {
  std::vector<std::vector<std::uint8_t>> all;
  auto cursor = log.read(Position{1});
  REQUIRE(cursor.ok());
  for (;;) {
    const auto record = (*cursor)->next();
    REQUIRE(record.ok());
    if (!record->has_value()) return all;
    all.emplace_back((*cursor)->bytes().begin(), (*cursor)->bytes().end());
    CHECK(all.back() == encode_record(**record));
  }
}

// Returns random events and blocks, in batches of several records.
std::vector<Record> some_records(std::mt19937_64& random) {
  std::vector<Record> records;
  for (std::uint64_t n = random() % 3 + 1; n > 0; --n) {
    const auto number = static_cast<std::uint32_t>(random() % 5 + 1);
    switch (random() % 4) {
      case 0:
        records.push_back(examples::uses(random() % 20 + 1, number));
        break;
      case 1:
        records.push_back(examples::fresh(KeyAssigned{KeyNumber{number}, ClientNumber{number % 2 + 1}}));
        break;
      case 2:
        records.push_back(examples::fresh(KeyCreated{examples::key_details()}));
        break;
      default:
        records.push_back(about_key(number));
    }
  }
  return records;
}

bool is_about(const Record& record, const EntityRef& entity, UsesInHistory uses) {
  return std::any_of(record.events.begin(), record.events.end(), [&](const Event& event) {
    return concerns(event, std::array{entity}) &&
           (uses == UsesInHistory::kInclude || uses_of(event) == nullptr);
  });
}

}  // namespace

TEMPLATE_TEST_CASE("an empty log has no records and the root of nothing", "", KEYLEDGER_LOGS_UNDER_TEST) {
  TestType made;
  IndexedLog& log = made.log;
  CHECK(log.head() ==
        LogHead{.position = kBeforeFirst, .records = 0, .time = {}, .root = MerkleFrontier{}.root()});
  CHECK(read_all(log.read(kBeforeFirst)).empty());
  CHECK(read_all(log.read(Position{1})).empty());
  CHECK(log.read(Position{2}).error().code == ErrorCode::kNoSuchPosition);
  CHECK(*log.root_at(0) == MerkleFrontier{}.root());
  CHECK(log.root_at(1).error().code == ErrorCode::kNoSuchPosition);
  CHECK(!log.find_idempotent("id")->has_value());
  CHECK(log.sync().ok());
}

TEMPLATE_TEST_CASE("positions count events from 1 without gaps, and a block takes one for each use", "",
                   KEYLEDGER_LOGS_UNDER_TEST) {
  TestType made;
  IndexedLog& log = made.log;
  Record two_events = about_key(1);
  two_events.events.emplace_back(KeyDeleted{KeyNumber{1}});
  std::vector<Record> records = {about_key(1), examples::uses(10, 3), two_events, about_key(2)};
  const auto head = log.append(kBeforeFirst, records);
  REQUIRE(head.ok());
  CHECK(positions_in(records) == Positions{1, 2, 12, 14});
  CHECK(head->position == Position{14});
  CHECK(head->records == 4);
  CHECK(*head == log.end());
  CHECK(log.head() == LogHead{head->position, head->records, head->time, *log.root_at(4)});
  for (std::size_t i = 0; i < records.size(); ++i) CHECK(records[i].index == i);
  CHECK(read_all(log.read(Position{1})) == records);
}

TEMPLATE_TEST_CASE("appending nothing changes nothing", "", KEYLEDGER_LOGS_UNDER_TEST) {
  TestType made;
  append_one(made.log, about_key(1));
  const LogHead before = made.log.head();
  CHECK(*made.log.append(before.position, {}) == made.log.end());
  CHECK(made.log.head() == before);
}

TEMPLATE_TEST_CASE("reading begins with the record that holds the position", "", KEYLEDGER_LOGS_UNDER_TEST) {
  TestType made;
  IndexedLog& log = made.log;
  append_one(log, about_key(1));
  append_one(log, examples::uses(10, 3));
  append_one(log, about_key(2));
  CHECK(positions_in(read_all(log.read(Position{0}))) == Positions{1, 2, 12});
  CHECK(positions_in(read_all(log.read(Position{2}))) == Positions{2, 12});
  CHECK(positions_in(read_all(log.read(Position{7}))) == Positions{2, 12});
  CHECK(positions_in(read_all(log.read(Position{11}))) == Positions{2, 12});
  CHECK(positions_in(read_all(log.read(Position{12}))) == Positions{12});
  CHECK(read_all(log.read(Position{13})).empty());
  CHECK(log.read(Position{14}).error().code == ErrorCode::kNoSuchPosition);
}

TEMPLATE_TEST_CASE("a head that has moved is refused, and nothing is done", "", KEYLEDGER_LOGS_UNDER_TEST) {
  TestType made;
  append_one(made.log, about_key(1));
  const LogHead before = made.log.head();
  Record record = about_key(2);
  for (const std::uint64_t expected : {0U, 2U}) {
    const auto refused = made.log.append(Position{expected}, std::span(&record, 1));
    REQUIRE(!refused.ok());
    CHECK(refused.error().why.code == ErrorCode::kHeadMoved);
    CHECK(refused.error().outcome == AppendFailure::Outcome::kNotDone);
  }
  CHECK(made.log.head() == before);
  append_one(made.log, record);
  CHECK(positions_in(read_all(made.log.read(Position{1}))) == Positions{1, 2});
}

TEMPLATE_TEST_CASE("the head tells the time of the last record", "", KEYLEDGER_LOGS_UNDER_TEST) {
  TestType made;
  append_one(made.log, examples::fresh(KeyActivated{KeyNumber{1}}, Timestamp{-5}));
  CHECK(made.log.head().time == Timestamp{-5});
  append_one(made.log, examples::fresh(KeyActivated{KeyNumber{1}}, examples::kNoon));
  CHECK(made.log.head().time == examples::kNoon);
}

TEMPLATE_TEST_CASE("a cursor sees the log as it was when the cursor was made", "",
                   KEYLEDGER_LOGS_UNDER_TEST) {
  TestType made;
  IndexedLog& log = made.log;
  append_one(log, about_key(1));
  append_one(log, about_key(1));
  auto all = log.read(Position{1});
  auto at_end = log.read(Position{3});
  const EntityRef key = ref(KeyNumber{1});
  auto history = log.read_entities(std::span(&key, 1), UsesInHistory::kInclude, Position{1});
  append_one(log, about_key(1));
  CHECK(positions_in(read_all(std::move(all))) == Positions{1, 2});
  CHECK(read_all(std::move(at_end)).empty());
  CHECK(positions_in(read_all(std::move(history))) == Positions{1, 2});
}

TEMPLATE_TEST_CASE("what a command with an id appended is found by the id", "", KEYLEDGER_LOGS_UNDER_TEST) {
  TestType made;
  IndexedLog& log = made.log;
  append_one(log, about_key(1));
  Record one = about_key(1);
  one.idempotency_id = "one";
  one.command_digest = Hash{1, 2, 3};
  Record import = examples::uses(3, 1);
  import.idempotency_id = "import";
  std::vector<Record> records = {one, import, import, about_key(2)};
  REQUIRE(log.append(Position{1}, records).ok());
  CHECK(*log.find_idempotent("one") ==
        IdempotencyEntry{.first = Position{2}, .last = Position{2}, .command_digest = Hash{1, 2, 3}});
  // Several records with one id in one append are one command; a missing digest is all zeros.
  CHECK(*log.find_idempotent("import") ==
        IdempotencyEntry{.first = Position{3}, .last = Position{8}, .command_digest = {}});
  CHECK(!log.find_idempotent("")->has_value());
  CHECK(!log.find_idempotent("two")->has_value());
}

TEMPLATE_TEST_CASE("the history of an entity is every record that concerns it", "",
                   KEYLEDGER_LOGS_UNDER_TEST) {
  TestType made;
  IndexedLog& log = made.log;
  append_one(log, examples::fresh(KeyCreated{examples::key_details()}));         // 1: key 7, user 3
  append_one(log, examples::fresh(KeyAssigned{KeyNumber{7}, ClientNumber{1}}));  // 2
  append_one(log, examples::uses(4, 2));  // 3 to 6: keys 1 and 2, client 1
  append_one(log, about_key(2));          // 7
  const auto history = [&](const EntityRef& entity, UsesInHistory uses, std::uint64_t from) {
    return positions_in(read_all(log.read_entities(std::span(&entity, 1), uses, Position{from})));
  };
  CHECK(history(ref(KeyNumber{7}), UsesInHistory::kInclude, 1) == Positions{1, 2});
  CHECK(history(ref(UserNumber{3}), UsesInHistory::kInclude, 1) == Positions{1});
  CHECK(history(ref(AccountNumber{123456789012}), UsesInHistory::kInclude, 1) == Positions{1});
  CHECK(history(ref(ClientNumber{1}), UsesInHistory::kInclude, 1) == Positions{2, 3});
  CHECK(history(ref(ClientNumber{1}), UsesInHistory::kLeaveOut, 1) == Positions{2});
  CHECK(history(ref(KeyNumber{2}), UsesInHistory::kInclude, 1) == Positions{3, 7});
  CHECK(history(ref(KeyNumber{2}), UsesInHistory::kInclude, 6) == Positions{3, 7});
  CHECK(history(ref(KeyNumber{2}), UsesInHistory::kInclude, 7) == Positions{7});
  CHECK(history(ref(KeyNumber{2}), UsesInHistory::kLeaveOut, 0) == Positions{7});
  CHECK(history(ref(KeyNumber{2}), UsesInHistory::kInclude, 8).empty());
  CHECK(history(ref(KeyNumber{99}), UsesInHistory::kInclude, 1).empty());
  CHECK(read_all(log.read_entities({}, UsesInHistory::kInclude, Position{1})).empty());
  const EntityRef key = ref(KeyNumber{2});
  CHECK(log.read_entities(std::span(&key, 1), UsesInHistory::kInclude, Position{9}).error().code ==
        ErrorCode::kNoSuchPosition);
}

TEMPLATE_TEST_CASE("a history of several entities has every record once, in order", "",
                   KEYLEDGER_LOGS_UNDER_TEST) {
  TestType made;
  append_one(made.log, examples::fresh(KeyAssigned{KeyNumber{1}, ClientNumber{1}}));
  append_one(made.log, about_key(2));
  append_one(made.log, examples::uses(5, 2));
  append_one(made.log, about_key(1));
  const std::vector<EntityRef> entities = {ref(KeyNumber{1}), ref(ClientNumber{1}), ref(KeyNumber{1})};
  CHECK(positions_in(read_all(made.log.read_entities(entities, UsesInHistory::kInclude, Position{1}))) ==
        Positions{1, 3, 8});
}

TEMPLATE_TEST_CASE("histories reach over many uses, wherever blocks begin and end", "",
                   KEYLEDGER_LOGS_UNDER_TEST) {
  TestType made;
  IndexedLog& log = made.log;
  // Key 500 is used in the first block and the last one. Between them are blocks of other keys, across chunks
  // and segments of the index, many of which begin in the middle of a block.
  const auto use_of = [](std::uint32_t key) {
    Record record = examples::uses(1, 1);
    std::get<KeysUsed>(record.events[0]).block.uses[0].key = KeyNumber{key};
    return record;
  };
  append_one(log, use_of(500));
  const auto append_blocks = [&](int blocks, std::uint32_t keys) {
    for (int i = 0; i < blocks; ++i) append_one(log, examples::uses(kUsesPerNewBlockMax, keys));
  };
  append_blocks(51, 2);
  Record across = examples::uses(1'000, 2);
  std::get<KeysUsed>(across.events[0]).block.uses.back().key = KeyNumber{501};
  append_one(log, across);
  append_blocks(117, 3);
  append_one(log, about_key(500));
  const std::uint64_t last = append_one(log, use_of(500)).position.value();
  const auto history = [&](std::uint32_t key, std::uint64_t from) {
    const EntityRef entity = ref(KeyNumber{key});
    return positions_in(
        read_all(log.read_entities(std::span(&entity, 1), UsesInHistory::kInclude, Position{from})));
  };
  CHECK(history(500, 1) == Positions{1, last - 1, last});
  CHECK(history(500, 2) == Positions{last - 1, last});
  constexpr std::uint64_t kAcross = 2 + 51 * kUsesPerNewBlockMax;
  CHECK(history(501, 1) == Positions{kAcross});
  CHECK(history(501, kAcross + 100) == Positions{kAcross});
  CHECK(history(3, 1).size() == 117);
  CHECK(history(1, 1).size() == 51 + 1 + 117);
}

TEMPLATE_TEST_CASE("a record about hundreds is in the history of each of them, and of nobody else", "",
                   KEYLEDGER_LOGS_UNDER_TEST) {
  TestType made;
  IndexedLog& log = made.log;
  append_one(log, about_key(300));
  // Every third key from 240 to 540, over several rows of 256 numbers; the last row has fewer numbers than a
  // common row requires.
  Record many = about_key(240);
  for (std::uint32_t key = 243; key < 540; key += 3) many.events.emplace_back(KeyDeactivated{KeyNumber{key}});
  append_one(log, many);  // 2 to 101
  append_one(log, about_key(301));
  append_one(log, many);  // 103 to 202
  const auto history = [&](const EntityRef& entity, std::uint64_t from) {
    return positions_in(
        read_all(log.read_entities(std::span(&entity, 1), UsesInHistory::kInclude, Position{from})));
  };
  for (std::uint32_t key = 200; key < 600; ++key) {
    CAPTURE(key);
    Positions expected;
    if (key == 300) expected.push_back(1);
    if (key == 301) expected.push_back(102);
    const bool is_among = key >= 240 && key < 540 && key % 3 == 0;
    if (is_among) expected.insert(expected.end(), {2, 103});
    CHECK(history(ref(KeyNumber{key}), 1) == expected);
    CHECK(history(ref(KeyNumber{key}), 103) == (is_among ? Positions{103} : Positions{}));
    CHECK(history(ref(UserNumber{key}), 1).empty());
  }
}

TEMPLATE_TEST_CASE("a record of 65,535 bytes is appended, and a larger one is refused with nothing done", "",
                   KEYLEDGER_LOGS_UNDER_TEST) {
  TestType made;
  IndexedLog& log = made.log;
  // The bytes of a record are a multiple of eight; an empty text takes eight bytes, too.
  const auto record_of = [](std::size_t bytes) {
    Record record = examples::fresh(AccountOpened{AccountNumber{1}, ""});
    record.position = Position{1};
    const std::size_t others = encode_record(record).size();
    std::get<AccountOpened>(record.events[0]).name.assign(bytes - others + 7, 'a');
    REQUIRE(encode_record(record).size() == bytes);
    return record;
  };
  constexpr std::size_t kLargest = kNewRecordBytesMax / 8 * 8;
  append_one(log, record_of(kLargest));
  const LogHead before = log.head();
  std::vector<Record> two = {record_of(800), record_of(kLargest + 8)};
  const auto refused = log.append(before.position, two);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().outcome == AppendFailure::Outcome::kNotDone);
  CHECK(refused.error().why.code == ErrorCode::kRecordTooLarge);
  // All parts of a long append are looked at before the first is appended.
  const std::vector<std::span<Record>> parts = {std::span(two).first(1), std::span(two).last(1)};
  CHECK(log.begin_long(parts).error().why.code == ErrorCode::kRecordTooLarge);
  CHECK(log.head() == before);
  CHECK(stored_bytes(log).size() == 1);
  append_one(log, record_of(800));
  CHECK(stored_bytes(log).size() == 2);
  CHECK(*log.root_at(1) == before.root);
}

TEMPLATE_TEST_CASE("records of a long append are stored as others are", "", KEYLEDGER_LOGS_UNDER_TEST) {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  TestType plain;
  TestType ahead;
  for (int i = 0; i < 40; ++i) {
    auto records = some_records(random);
    auto same = records;
    const std::vector<std::span<Record>> parts = {std::span(same)};
    auto begun = ahead.log.begin_long(parts);
    REQUIRE(begun.ok());
    // The times become known only at the append.
    for (std::size_t k = 0; k < records.size(); ++k) {
      records[k].time = same[k].time = later_by(examples::kNoon, i * 1'000 + static_cast<std::int64_t>(k));
    }
    REQUIRE(plain.log.append(plain.log.end().position, records).ok());
    REQUIRE((*begun)->append_next(ahead.log.end().position).ok());
    CHECK(same == records);
  }
  CHECK(ahead.log.head() == plain.log.head());
  CHECK(stored_bytes(ahead.log) == stored_bytes(plain.log));
  for (std::uint32_t number = 1; number < 8; ++number) {
    const EntityRef key = ref(KeyNumber{number});
    const auto history = [&](IndexedLog& log) {
      return positions_in(
          read_all(log.read_entities(std::span(&key, 1), UsesInHistory::kInclude, Position{1})));
    };
    CHECK(history(ahead.log) == history(plain.log));
  }
}

TEMPLATE_TEST_CASE("over a log by chance, every history is what reading everything finds", "",
                   KEYLEDGER_LOGS_UNDER_TEST) {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  TestType made;
  IndexedLog& log = made.log;
  for (int i = 0; i < 60; ++i) {
    auto records = some_records(random);
    REQUIRE(log.append(log.head().position, records).ok());
  }
  const std::vector<Record> all = read_all(log.read(Position{1}));
  for (int i = 0; i < 200; ++i) {
    const auto number = static_cast<std::uint32_t>(random() % 7 + 1);
    const EntityRef entity = random() % 2 == 0 ? ref(KeyNumber{number}) : ref(ClientNumber{number});
    const auto uses = random() % 2 == 0 ? UsesInHistory::kInclude : UsesInHistory::kLeaveOut;
    const Position from{random() % log.head().position.value() + 1};
    std::vector<Record> wanted;
    for (const Record& record : all) {
      if (last_position_of(record) >= from && is_about(record, entity, uses)) wanted.push_back(record);
    }
    CHECK(read_all(log.read_entities(std::span(&entity, 1), uses, from)) == wanted);
  }
}

TEMPLATE_TEST_CASE("the root of every size is that of the records' stored bytes", "",
                   KEYLEDGER_LOGS_UNDER_TEST) {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  TestType made;
  IndexedLog& log = made.log;
  while (log.head().records < 70) {
    auto records = some_records(random);
    REQUIRE(log.append(log.head().position, records).ok());
    CHECK(log.head().root == *log.root_at(log.head().records));
  }
  const auto bytes = stored_bytes(log);
  REQUIRE(bytes.size() == log.head().records);
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    CAPTURE(size);
    CHECK(*log.root_at(size) == reference_root(std::span(bytes).first(size)));
  }
  CHECK(log.root_at(bytes.size() + 1).error().code == ErrorCode::kNoSuchPosition);
}

TEMPLATE_TEST_CASE("readers may read while the writer appends", "", KEYLEDGER_LOGS_UNDER_TEST) {
  TestType made;
  IndexedLog& log = made.log;
  append_one(log, about_key(1));
  std::atomic<bool> done = false;
  std::atomic<int> wrong = 0;
  const auto read_along = [&] {
    const EntityRef key = ref(KeyNumber{1});
    while (!done) {
      const LogHead head = log.head();
      const Position from{head.position.value() > 20 ? head.position.value() - 20 : 1};
      auto cursor = log.read(from);
      auto history = log.read_entities(std::span(&key, 1), UsesInHistory::kInclude, from);
      Position last;
      while (cursor.ok()) {
        const auto record = (*cursor)->next();
        if (!record.ok()) ++wrong;
        if (!record.ok() || !record->has_value()) break;
        if (last != kBeforeFirst && (*record)->position != last.next()) ++wrong;
        last = last_position_of(**record);
      }
      if (last < head.position) ++wrong;
      if (!history.ok() || !(*history)->next().ok()) ++wrong;
      const auto root = log.root_at(head.records);
      if (!root.ok() || *root != head.root) ++wrong;
      if (!log.find_idempotent("id").ok()) ++wrong;
    }
  };
  std::thread first(read_along);
  std::thread second(read_along);
  for (int i = 0; i < 300; ++i) {
    append_one(log, i % 3 == 0 ? examples::uses(5, 2) : about_key(1));
    if (i % 50 == 0) CHECK(log.sync().ok());
  }
  done = true;
  first.join();
  second.join();
  CHECK(wrong == 0);
}

}  // namespace keyledger::ledger
