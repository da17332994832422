#include "commands/committer.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/story.h"
#include "tests/support/watched_log.h"

namespace keyledger::commands {
namespace {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every command

Record record_at(Timestamp time, std::size_t events = 1) {
  Record record{.time = time};
  for (std::size_t i = 0; i < events; ++i) {
    record.events.emplace_back(AccountRenamed{.account = AccountNumber{1}, .name = std::to_string(i)});
  }
  return record;
}

Record use_at(Timestamp time) {
  Record use{.time = time};
  use.events.emplace_back(UnknownTokensRefused{
      .from = time, .to = time, .counts = {{.reason = VerdictReason::kUnknown, .address = {}, .count = 1}}});
  return use;
}

// A committer on a log of its own, with everything that the committer tells.
struct Setting {
  tests::WatchedLog log;
  std::vector<Position> durable;
  std::vector<Timestamp> redated;
  Result<void> noting;  // the outcome of noting a durable head
  Committer committer{log, log, [this](const Record& record) { redated.push_back(record.time); },
                      [this](const LogHead& head) {
                        durable.push_back(head.position);
                        return noting;
                      }};

  Result<void> commit_one() {
    Record record = record_at(tests::kStoryBegins);
    return committer.commit(std::span(&record, 1));
  }
  Result<void> use_one() {
    Record use = use_at(tests::kStoryBegins);
    return committer.append_uses(std::span(&use, 1));
  }
};

TEST_CASE("a commit appends, syncs once and notes the head as durable") {
  Setting setting;
  std::vector<Record> records{record_at(tests::kStoryBegins), record_at(tests::kStoryBegins)};
  REQUIRE(setting.committer.commit(records).ok());
  CHECK(records[0].position == Position{1});
  CHECK(records[1].position == Position{2});
  CHECK(setting.log.appends == 1);
  CHECK(setting.log.syncs == 1);
  CHECK(setting.durable == std::vector{Position{2}});
  CHECK(setting.committer.end().position == Position{2});
}

TEST_CASE("E9: a head record that cannot be written stops the writer") {
  Setting setting;
  REQUIRE(setting.commit_one().ok());
  setting.noting = Error{ErrorCode::kWriteFailed, "the head record: Input/output error"};
  CHECK(setting.commit_one().error() == setting.noting.error());
  // The failure is final, for commands and for uses.
  setting.noting = {};
  CHECK(setting.committer.failure()->code == ErrorCode::kWriteFailed);
  CHECK(!setting.commit_one().ok());
  CHECK(!setting.use_one().ok());
  CHECK(setting.durable == std::vector{Position{1}, Position{2}});
}

TEST_CASE("a commit of nothing does nothing") {
  Setting setting;
  REQUIRE(setting.committer.commit({}).ok());
  CHECK(setting.log.syncs == 0);
  CHECK(setting.durable.empty());
}

TEST_CASE("uses are synced when asked for, once, or with the next commit") {
  Setting setting;
  REQUIRE(setting.use_one().ok());
  CHECK(setting.log.syncs == 0);
  REQUIRE(setting.committer.sync_uses().ok());
  REQUIRE(setting.committer.sync_uses().ok());
  CHECK(setting.log.syncs == 1);
  REQUIRE(setting.use_one().ok());
  REQUIRE(setting.commit_one().ok());
  REQUIRE(setting.committer.sync_uses().ok());
  CHECK(setting.log.syncs == 2);
  CHECK(setting.durable == std::vector{Position{1}, Position{3}});
}

TEST_CASE("a record that a use overtook gets the time of the use, and the owner of the record is told") {
  Setting setting;
  const Timestamp later = later_by(tests::kStoryBegins, 1'000);
  Record use = use_at(later);
  REQUIRE(setting.committer.append_uses(std::span(&use, 1)).ok());
  std::vector<Record> records{record_at(tests::kStoryBegins), record_at(later_by(later, 1))};
  REQUIRE(setting.committer.commit(records).ok());
  CHECK(records[0].time == later);
  CHECK(records[1].time == later_by(later, 1));
  CHECK(setting.redated == std::vector{later});
  // A use is redated, too, but no decision depends on the time.
  Record old_use = use_at(tests::kStoryBegins);
  REQUIRE(setting.committer.append_uses(std::span(&old_use, 1)).ok());
  CHECK(old_use.time == later_by(later, 1));
  CHECK(setting.redated.size() == 1);
}

TEST_CASE("a commit of a command without effect keeps the id of the command") {
  Setting setting;
  Record record{.time = tests::kStoryBegins, .idempotency_id = "retry", .command_digest = Hash{1}};
  record.events.emplace_back(CommandHadNoEffect{});
  REQUIRE(setting.committer.commit(std::span(&record, 1)).ok());
  const auto found = setting.log.find_idempotent("retry");
  REQUIRE(found.ok());
  REQUIRE(found->has_value());
  CHECK((*found)->first == kBeforeFirst);
  CHECK((*found)->last == Position{1});
  CHECK((*found)->command_digest == Hash{1});
  CHECK(setting.log.syncs == 1);
}

TEST_CASE("uses that wait go between two parts of a long commit") {
  constexpr std::size_t kParts = 20;
  Setting setting;
  std::atomic<int> begun = 0;
  std::atomic<int> ended = 0;
  std::atomic<bool> is_committed = false;
  const auto committing = std::this_thread::get_id();
  // Each part waits until the other thread is about to append a use.
  setting.log.before_append = [&] {
    while (std::this_thread::get_id() == committing && begun == ended) std::this_thread::yield();
    return true;
  };
  std::thread user([&] {
    for (; !is_committed; ++ended) {
      ++begun;
      if (!setting.use_one()) return;
    }
  });
  std::vector<Record> records(kParts, record_at(tests::kStoryBegins, kEventsPerAppend));
  const auto committed = setting.committer.commit(records);
  is_committed = true;
  user.join();
  REQUIRE(committed.ok());
  const auto distance = records.back().position.value() - records.front().position.value();
  CHECK(distance > (kParts - 1) * kEventsPerAppend);
  CHECK(setting.log.syncs == 1);
}

TEST_CASE("the first failure of a committer is kept, and is the answer to everything later") {
  Setting setting;
  std::atomic<bool> works = true;
  const auto may_work = [&] { return works.load(); };
  REQUIRE(setting.use_one().ok());
  SECTION("a commit that cannot be appended") {
    setting.log.before_append = may_work;
    works = false;
    CHECK_FALSE(setting.commit_one().ok());
  }
  SECTION("a use that cannot be appended") {
    setting.log.before_append = may_work;
    works = false;
    CHECK_FALSE(setting.use_one().ok());
  }
  SECTION("a sync of uses") {
    setting.log.before_sync = may_work;
    works = false;
    CHECK_FALSE(setting.committer.sync_uses().ok());
  }
  SECTION("an import that cannot be intended") {
    setting.log.before_intend = may_work;
    works = false;
    std::vector<Record> records{record_at(tests::kStoryBegins, kEventsPerAppend),
                                record_at(tests::kStoryBegins)};
    CHECK_FALSE(setting.committer.commit(records).ok());
  }
  works = true;
  const int appends = setting.log.appends;
  REQUIRE(setting.committer.failure().has_value());
  const Error failure = *setting.committer.failure();
  CHECK(failure.code == ErrorCode::kWriteFailed);
  CHECK(setting.commit_one().error() == failure);
  CHECK(setting.use_one().error() == failure);
  CHECK(setting.committer.sync_uses().error() == failure);
  CHECK(setting.committer.commit({}).error() == failure);
  CHECK(setting.log.appends == appends);
  CHECK(setting.durable.empty());
}

}  // namespace
}  // namespace keyledger::commands
