// A follower of a log, and the index folded by a follower.
#include <catch2/catch.hpp>
#include <random>
#include <stop_token>
#include <thread>
#include <vector>

#include "ledger/append/folded_index.h"
#include "ledger/codec/record_codec.h"
#include "tests/ledger/examples.h"
#include "tests/ledger/log_under_test.h"

namespace keyledger::ledger {
namespace {

Record about(std::uint32_t key, const std::string& id = "") {
  Record record = examples::fresh(KeyActivated{KeyNumber{key}});
  record.idempotency_id = id;
  if (!id.empty()) record.command_digest = Hash{static_cast<std::uint8_t>(key)};
  return record;
}

// Appends two parts of a long append, with uses between the parts.
void append_long(Log& log, const std::string& id) {
  std::vector<Record> records = {about(1, id), about(1, id)};
  const std::vector<std::span<Record>> parts = {std::span(records).first(1), std::span(records).last(1)};
  auto begun = log.begin_long(parts);
  REQUIRE(begun.ok());
  REQUIRE((*begun)->append_next(log.end().position).ok());
  Record uses = examples::uses(3, 2);
  REQUIRE(log.append(log.end().position, std::span(&uses, 1)).ok());
  REQUIRE((*begun)->append_next(log.end().position).ok());
  REQUIRE(log.sync().ok());
}

std::vector<Record> history_in(const LogIndex& index, const EntityRef& entity) {
  return read_all(index.read_entities(std::span(&entity, 1), UsesInHistory::kInclude, Position{1}));
}

void check_same(const LogIndex& folded, const LogIndex& own, const std::vector<std::string>& ids) {
  REQUIRE(folded.head() == own.head());
  for (std::uint64_t size = 0; size <= own.head().records; ++size) {
    CHECK(*folded.root_at(size) == *own.root_at(size));
  }
  CHECK(folded.root_at(own.head().records + 1).error().code == ErrorCode::kNoSuchPosition);
  for (const std::string& id : ids) {
    CAPTURE(id);
    REQUIRE(own.find_idempotent(id)->has_value());
    CHECK(*folded.find_idempotent(id) == *own.find_idempotent(id));
  }
  CHECK(!folded.find_idempotent("nobody's")->has_value());
  for (std::uint32_t number = 1; number < 5; ++number) {
    CHECK(history_in(folded, ref(KeyNumber{number})) == history_in(own, ref(KeyNumber{number})));
    CHECK(history_in(folded, ref(ClientNumber{number})) == history_in(own, ref(ClientNumber{number})));
  }
}

}  // namespace

TEMPLATE_TEST_CASE("a follower gives what is there, and then what is appended", "",
                   KEYLEDGER_LOGS_UNDER_TEST) {
  constexpr std::size_t kBefore = 10;
  constexpr std::size_t kRecords = 300;
  TestType made;
  for (std::size_t i = 0; i < kBefore; ++i) append_one(made.log, about(1));
  std::vector<Record> followed;
  std::jthread reader([&](const std::stop_token& stop) {
    const auto follower = made.log.follow(Position{4});
    while (follower.ok() && followed.size() < kRecords - 3) {
      auto record = (*follower)->next(stop);
      if (!record || !record->has_value()) return;
      if (leaf_hash((*follower)->bytes()) != leaf_hash(encode_record(**record))) return;
      followed.push_back(std::move(**record));
    }
  });
  for (std::size_t i = kBefore; i < kRecords; ++i) append_one(made.log, about(2));
  reader.join();
  CHECK(followed == read_all(made.log.read(Position{4})));
}

TEMPLATE_TEST_CASE("a follower that waits is stopped, and one after the end is refused", "",
                   KEYLEDGER_LOGS_UNDER_TEST) {
  TestType made;
  append_one(made.log, about(1));
  CHECK(made.log.follow(Position{3}).error().code == ErrorCode::kNoSuchPosition);
  const auto follower = made.log.follow(Position{2});
  REQUIRE(follower.ok());
  std::jthread reader([&](const std::stop_token& stop) {
    const auto record = (*follower)->next(stop);
    if (!record.ok() || record->has_value()) std::abort();
  });
  reader.request_stop();
  reader.join();
  append_one(made.log, about(2));
  CHECK((*follower)->next(std::stop_token())->value().position == Position{2});
}

TEMPLATE_TEST_CASE("an index that is folded from the records answers as the log's own", "",
                   KEYLEDGER_LOGS_UNDER_TEST) {
  TestType made;
  std::vector<std::string> ids;
  const auto append_some = [&](int round) {
    const std::string id = std::to_string(round);
    append_one(made.log, about(static_cast<std::uint32_t>(round % 4 + 1), "one-" + id));
    append_one(made.log, examples::uses(5, 3));
    Record no_effect = about(1, "none-" + id);
    no_effect.events = {CommandHadNoEffect{}};
    append_one(made.log, no_effect);
    append_long(made.log, "long-" + id);
    for (const char* kind : {"one-", "none-", "long-"}) ids.push_back(kind + id);
  };
  for (int round = 0; round < 5; ++round) append_some(round);
  FoldedIndex folded(made.log);
  bool is_followed = false;
  std::jthread reader([&](const std::stop_token& stop) { is_followed = folded.follow(stop).ok(); });
  for (int round = 5; round < 30; ++round) append_some(round);
  while (folded.head() != made.log.head()) std::this_thread::yield();
  reader.request_stop();
  reader.join();
  CHECK(is_followed);
  check_same(folded, made.log, ids);
  CHECK(made.log.find_idempotent("none-7")->value().first == kBeforeFirst);
  // An index with a later beginning gives the same answers.
  FoldedIndex again(made.log);
  auto all = made.log.read(Position{1});
  for (auto record = (*all)->next(); record->has_value(); record = (*all)->next()) {
    again.fold(**record, (*all)->bytes());
  }
  check_same(again, made.log, ids);
}

}  // namespace keyledger::ledger
