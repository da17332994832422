// The durability of a use at the moment of the verdict, for each choice of the operator.
#include <catch2/catch.hpp>
#include <thread>

#include "tests/net/daemon_under_test.h"
#include "tests/net/held_sync.h"
#include "tests/net/raw_connection.h"

namespace keyledger::net {
namespace {

using commands::UseDurability;
using projections::Question;

Request asking(std::uint64_t id, const Question& question) {
  return {.id = id, .body = AskVerdicts{.questions = std::span(&question, 1)}};
}

bool is_allowed(const Response& response) {
  const auto* verdicts = std::get_if<std::vector<VerdictAnswer>>(&response.body);
  return verdicts != nullptr && verdicts->size() == 1 && verdicts->front().allowed();
}

std::size_t uses_in(const DaemonUnderTest& daemon) {
  std::size_t uses = 0;
  for (const ledger::Record& record : daemon.records()) {
    for (const ledger::Event& event : record.events) {
      if (const auto* block = ledger::uses_of(event)) uses += block->uses.size();
    }
  }
  return uses;
}

}  // namespace

TEST_CASE("synced: a verdict waits until its use is on the disk, and nobody else does") {
  DaemonUnderTest daemon({.durability = UseDurability::kSynced});
  HeldSync sync(daemon);
  const Setting setting = prepare(*daemon.connect());
  const Question question{.token = setting.token, .client = "bot"};
  RawConnection asker(daemon.unix_endpoint);
  sync.arm();
  asker.send(asking(1, question));
  sync.wait_until_reached();
  // The use is written and the verdict is held back. Requests without a need for a sync are answered, on the
  // same connection too.
  CHECK(uses_in(daemon) == 1);
  asker.send(Request{.id = 2, .body = AskActiveKey{"bot"}});
  CHECK(asker.answer().id == 2);
  // A second verdict meanwhile waits for the next sync.
  asker.send(asking(3, question));
  asker.send(Request{.id = 4, .body = AskActiveKey{"bot"}});
  CHECK(asker.answer().id == 4);
  sync.release();
  const Response first = asker.answer();
  CHECK(first.id == 1);
  CHECK(is_allowed(first));
  const Response second = asker.answer();
  CHECK(second.id == 3);
  CHECK(is_allowed(second));
  daemon.check_live_is_replayed();
}

TEST_CASE("synced: many verdicts share a sync") {
  DaemonUnderTest daemon({.durability = UseDurability::kSynced});
  const Setting setting = prepare(*daemon.connect());
  const std::vector<Question> questions(1'000, Question{.token = setting.token, .client = "bot"});
  const int before = daemon.log.syncs;
  const auto verdicts = must(daemon.connect()->authenticate_many(questions));
  CHECK(verdicts.size() == questions.size());
  CHECK(daemon.log.syncs - before <= 3);
}

TEST_CASE("synced: a verdict whose use cannot be put on the disk is a failure") {
  DaemonUnderTest daemon({.durability = UseDurability::kSynced});
  std::atomic<bool> broken = false;
  daemon.log.before_sync = [&] { return !broken; };
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  broken = true;
  CHECK(failure_in(client->authenticate({.token = setting.token})).name == "write_failed");
  CHECK(failure_in(client->authenticate({.token = setting.token})).name == "write_failed");
}

TEST_CASE("synced: who hangs up behind his question is answered all the same") {
  DaemonUnderTest daemon({.durability = UseDurability::kSynced});
  HeldSync sync(daemon);
  const Setting setting = prepare(*daemon.connect());
  const Question question{.token = setting.token, .client = "bot"};
  RawConnection asker(daemon.tcp_endpoint);
  sync.arm();
  asker.send(asking(1, question));
  asker.finish_sending();
  sync.wait_until_reached();
  sync.release();
  CHECK(is_allowed(asker.answer()));
  CHECK(!asker.receive());
}

TEST_CASE("buffered: a verdict comes before its use is written, and the use is written soon") {
  DaemonUnderTest daemon({.durability = UseDurability::kBuffered});
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  CHECK(must(client->authenticate({.token = setting.token, .client = "bot"})).allowed());
  while (uses_in(daemon) == 0) std::this_thread::yield();
  daemon.check_live_is_replayed();
}

TEST_CASE("buffered: uses that were not written yet are when the daemon stops") {
  DaemonUnderTest daemon({.durability = UseDurability::kBuffered});
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  for (int i = 0; i < 50; ++i) must(client->authenticate({.token = setting.token, .client = "bot"}));
  daemon.stop();
  CHECK(uses_in(daemon) == 50);
  daemon.check_live_is_replayed();
}

TEST_CASE("buffered: when uses cannot be written any more, verdicts fail") {
  DaemonUnderTest daemon({.durability = UseDurability::kBuffered});
  std::atomic<bool> broken = false;
  daemon.log.before_append = [&] { return !broken; };
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  broken = true;
  // At first the daemon does not know of the lost uses.
  for (;;) {
    const auto answer = client->authenticate({.token = setting.token});
    if (!answer) {
      CHECK(answer.error().name == "write_failed");
      break;
    }
  }
}

}  // namespace keyledger::net
