// A daemon with several serving threads.
#include <catch2/catch.hpp>
#include <latch>
#include <stdexcept>
#include <thread>

#include "tests/net/daemon_under_test.h"
#include "tests/net/raw_connection.h"

namespace keyledger::net {
namespace {

using projections::Question;

constexpr std::size_t kThreads = 3;

// Runs `work(number)` on `count` threads that begin together.
template <typename Work>
void side_by_side(std::size_t count, Work work) {
  std::latch begun(static_cast<std::ptrdiff_t>(count));
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      begun.arrive_and_wait();
      work(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// Throws if `what` is false, because Catch2's own checks belong to a single thread.
void insist(bool what) {
  if (!what) throw std::logic_error("a client of many heard what cannot be");
}

}  // namespace

TEST_CASE("connections of several threads ask, command and list, and the log tells the same state") {
  const auto durability = GENERATE(commands::UseDurability::kWritten, commands::UseDurability::kSynced,
                                   commands::UseDurability::kBuffered);
  DaemonUnderTest daemon({.durability = durability, .threads = kThreads});
  const Setting setting = prepare(*daemon.connect());
  side_by_side(6, [&](std::size_t i) {
    const auto client = daemon.connect();
    const std::string name = "key of " + std::to_string(i);
    const auto created =
        client->run({.command = commands::CreateKey{.account = kAccount, .username = "ada", .name = name}});
    insist(created.ok());
    const std::string token(created->secret.expose());
    for (int round = 0; round < 30; ++round) {
      insist(client->authenticate({.token = setting.token, .client = "bot"})->allowed());
      const std::vector<Question> questions(20, Question{.token = token});
      const auto verdicts = client->authenticate_many(questions);
      insist(verdicts.ok() && verdicts->size() == questions.size());
      for (const VerdictAnswer& verdict : *verdicts) insist(verdict.allowed());
      insist(client->run({.command = commands::DeactivateKey{name}}).ok());
      // The deactivation is acknowledged: from now on every connection refuses the key.
      insist(daemon.connect()->authenticate({.token = token})->reason == ledger::VerdictReason::kInactive);
      insist(client->run({.command = commands::ActivateKey{name}}).ok());
      insist(client->active_key("bot").ok());
    }
  });
  daemon.check_live_is_replayed();
}

TEST_CASE("a limit is kept however many threads its key is asked for on") {
  DaemonUnderTest daemon({.threads = kThreads});
  const auto client = daemon.connect();
  prepare(*client);
  constexpr std::uint32_t kRequests = 50;
  constexpr std::int64_t kHour = 3'600'000'000;
  const auto created =
      run(*client, commands::CreateKey{.account = kAccount,
                                       .username = "ada",
                                       .name = "limited",
                                       .limit = ledger::RateLimit{.requests = kRequests, .window = kHour}});
  const std::string token(created.secret.expose());
  std::atomic<std::uint32_t> allowed = 0;
  side_by_side(6, [&](std::size_t) {
    const auto asker = daemon.connect();
    for (int i = 0; i < 40; ++i) {
      const auto verdict = asker->authenticate({.token = token});
      insist(verdict.ok());
      if (verdict->allowed()) ++allowed;
    }
  });
  CHECK(allowed == kRequests);  // the clock stands still
  daemon.check_live_is_replayed();
}

TEST_CASE("who waits for a state on one thread is woken by what another thread did") {
  DaemonUnderTest daemon({.threads = kThreads});
  const auto client = daemon.connect();
  const Setting setting = prepare(*client);
  // One connection on each thread, all waiting for the next event.
  std::vector<std::unique_ptr<RawConnection>> waiting;
  const Question question{.token = setting.token};
  for (std::size_t i = 0; i < kThreads; ++i) {
    auto& each = *waiting.emplace_back(std::make_unique<RawConnection>(daemon.unix_endpoint));
    each.send(Request{.id = 1, .body = AskActiveKey{"bot"}});
    each.answer();
    each.send(Request{.id = 2,
                      .min_position = setting.position.next(),
                      .body = AskVerdicts{.questions = std::span(&question, 1)}});
  }
  run(*client, commands::DeactivateKey{"ci"});
  for (const auto& each : waiting) {
    const Response answer = each->answer();
    CHECK(answer.id == 2);
    const auto& verdicts = std::get<std::vector<VerdictAnswer>>(answer.body);
    CHECK(verdicts.front().reason == ledger::VerdictReason::kInactive);
  }
}

TEST_CASE("a daemon of several threads stops while all of them are asked") {
  DaemonUnderTest daemon({.threads = kThreads});
  const Setting setting = prepare(*daemon.connect());
  std::atomic<int> answered = 0;
  std::vector<std::unique_ptr<Client>> clients(5);
  for (auto& client : clients) client = daemon.connect();
  std::thread stopping([&] {
    while (answered < 100) std::this_thread::yield();
    daemon.stop();
  });
  side_by_side(clients.size(), [&](std::size_t i) {
    while (const auto verdict = clients[i]->authenticate({.token = setting.token, .client = "bot"})) {
      insist(verdict->allowed());
      ++answered;
    }
  });
  stopping.join();
  daemon.check_live_is_replayed();
}

}  // namespace keyledger::net
