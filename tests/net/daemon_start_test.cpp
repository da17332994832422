// A daemon that starts with the hot half of the state, and gets the other half while running.
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "net/stream_queue.h"
#include "net/wire_session.h"
#include "tests/net/daemon_under_test.h"
#include "tests/net/raw_connection.h"

namespace keyledger::net {
namespace {

using projections::Question;

template <typename Fold>
Fold folded(const ledger::IndexedLog& log) {
  Fold fold;
  const auto cursor = log.read(ledger::Position{1});
  REQUIRE(cursor.ok());
  REQUIRE(fold_some(**cursor, {}, 1'000'000, fold).ok());
  return fold;
}

// A daemon on the log of an earlier daemon. The catalog arrives when the test releases the catalog.
class HalfStarted {
 public:
  explicit HalfStarted(DaemonUnderTest& first,
                       commands::UseDurability durability = commands::UseDurability::kWritten)
      : first_(first),
        catalog_(folded<projections::Catalog>(first.log)),
        daemon_({.log = first.log,
                 .index = first.log,
                 .clock = first.clock.clock(),
                 .entropy = first.entropy.source(),
                 .ledger_id = "a ledger",
                 .version = "9.9.9",
                 .note_durable = {},
                 .use_durability = durability,
                 .catalog_patience = std::chrono::milliseconds(0)},
                folded<projections::Access>(first.log), supply()) {
    const auto bound = daemon_.listen(UnixEndpoint{(directory_ / "daemon.sock").string()});
    REQUIRE(bound.ok());
    endpoint = *bound;
    daemon_.start();
  }

  void release() { is_released_ = true; }

  // Stops the daemon, and compares the live state with the state that is replayed from the log.
  void check_live_is_replayed() {
    daemon_.stop();
    const auto state = folded<projections::State>(first_.log);
    const auto closing = daemon_.closing_digest();
    REQUIRE(closing.has_value());
    CHECK(closing->position == state.position());
    CHECK(closing->digest == state_digest_of(state.catalog, state.access));
    CHECK_FALSE(daemon_.failure());
  }

  Daemon& daemon() { return daemon_; }

  Endpoint endpoint;

 private:
  commands::Writer::Supply supply() {
    return [this](const std::stop_token& stop) -> ledger::Result<projections::Catalog> {
      while (!is_released_ && !stop.stop_requested()) std::this_thread::yield();
      if (!is_released_) return ledger::Error{ledger::ErrorCode::kStopping, ""};
      return std::move(catalog_);
    };
  }

  DaemonUnderTest& first_;
  projections::Catalog catalog_;
  std::atomic<bool> is_released_ = false;
  tests::TempDirectory directory_;
  Daemon daemon_;
};

}  // namespace

TEST_CASE("verdicts are given before the catalog is there, and what needs it is done in its order then") {
  const auto durability = GENERATE(commands::UseDurability::kWritten, commands::UseDurability::kSynced,
                                   commands::UseDurability::kBuffered);
  DaemonUnderTest first;
  const Setting setting = prepare(*first.connect());
  first.stop();
  HalfStarted second(first, durability);
  const auto client = DaemonUnderTest::connect(second.endpoint);
  const Question question{.token = setting.token, .client = "bot"};
  CHECK(must(client->authenticate(question)).allowed());
  RawConnection waiting(second.endpoint);
  for (std::uint64_t id = 1; id <= 3; ++id) {
    waiting.send(Request{.id = id, .body = RunCommand{.command = commands::ToggleKey{"ci"}}});
  }
  waiting.send(Request{.id = 4, .body = AskActiveKey{"bot"}});
  // The daemon has read the earlier commands, and answers those commands later.
  const Response first_answer = waiting.answer();
  CHECK(first_answer.id == 4);
  CHECK(std::get<ActiveKeyAnswer>(first_answer.body).counts.active == 1);
  CHECK(must(client->authenticate(question)).allowed());

  second.release();
  for (std::uint64_t id = 1; id <= 3; ++id) {
    const Response response = waiting.answer();
    CHECK(response.id == id);
    CHECK(std::get<DoneAnswer>(response.body).done.events == 1);
  }
  // The key was toggled three times and is off.
  CHECK_FALSE(must(client->authenticate(question)).allowed());
  CHECK(must(client->stats()).keys == 1);
  second.check_live_is_replayed();
}

TEST_CASE("a daemon that is stopped before its catalog is there loses no use and claims no state") {
  DaemonUnderTest first;
  const Setting setting = prepare(*first.connect());
  first.stop();
  HalfStarted second(first);
  const auto client = DaemonUnderTest::connect(second.endpoint);
  const ledger::Position before = first.log.head().position;
  CHECK(must(client->authenticate({.token = setting.token, .client = "bot"})).allowed());
  RawConnection waiting(second.endpoint);
  waiting.send(Request{.id = 1, .body = RunCommand{.command = commands::DeactivateKey{"ci"}}});
  waiting.send(Request{.id = 2, .body = AskList{.kind = projections::RowKind::kKeys}});
  waiting.send(Request{.id = 3, .body = AskStats{}});
  waiting.send(Request{.id = 4, .body = AskActiveKey{"bot"}});
  REQUIRE(waiting.answer().id == 4);
  second.daemon().stop();
  for (int i = 0; i < 3; ++i) CHECK(failure_in(waiting.answer()).name == "stopping");
  CHECK(first.log.head().position == before.next());
  CHECK_FALSE(second.daemon().closing_state());
  CHECK_FALSE(second.daemon().closing_digest());
  CHECK_FALSE(second.daemon().failure());
}

TEST_CASE("C3: hello is answered before the catalog is there, and writes nothing") {
  DaemonUnderTest first;
  const Setting setting = prepare(*first.connect());
  first.stop();
  HalfStarted second(first);
  const auto client = DaemonUnderTest::connect(second.endpoint);
  const ledger::Position before = first.log.head().position;
  const HelloAnswer hello = must(client->hello());
  CHECK(hello.revision == kProtocolRevision);
  CHECK(hello.version == "9.9.9");
  CHECK(hello.ledger_id == "a ledger");
  CHECK(hello.position == before);
  CHECK(!hello.commands_ready);
  CHECK(hello.limits.frame_bytes == kFrameBytesMax);
  CHECK(hello.limits.questions_per_request == kQuestionsPerRequestMax);
  CHECK(hello.limits.import_part_objects == kImportPartObjectsMax);
  CHECK(hello.limits.requests_in_flight == kInFlightMax);
  CHECK(hello.limits.streams_at_once == kStreamsAtOnceMax);
  CHECK(hello.limits.idle_seconds == 3'600);
  second.release();
  CHECK(must(client->stats()).keys == 1);  // waits for the catalog
  CHECK(must(client->hello()).commands_ready);
  CHECK(first.log.head().position == before);
}

}  // namespace keyledger::net
