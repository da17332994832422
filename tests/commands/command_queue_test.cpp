#include "commands/command_queue.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace keyledger::commands {
namespace {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every command
using Clock = std::chrono::steady_clock;
using HoldBack = CommandQueue::HoldBack;

constexpr std::chrono::hours kForever{24};

CommandQueue::PendingCommand account(const std::string& name) {
  return {.command = OpenAccount{"", name}, .context = {}, .reply = [](const Outcome&) {}};
}
CommandQueue::Query a_query() {
  return {[](const Result<CatalogView>&) {}};
}
CommandQueue::SyncRequest a_sync() {
  return {[](const Result<void>&) {}};
}

// Tells the kinds of items apart: the name of an account, "query" or "sync".
std::vector<std::string> names_of(const std::vector<CommandQueue::Item>& items) {
  std::vector<std::string> names;
  for (const auto& item : items) {
    if (const auto* pending = std::get_if<CommandQueue::PendingCommand>(&item)) {
      names.push_back(std::get<OpenAccount>(pending->command).name);
    } else {
      names.emplace_back(std::holds_alternative<CommandQueue::Query>(item) ? "query" : "sync");
    }
  }
  return names;
}

std::vector<std::string> take_now(CommandQueue& queue) {
  const auto items = queue.take(Clock::now());
  REQUIRE(items.has_value());
  return names_of(*items);
}

using Names = std::vector<std::string>;

TEST_CASE("a queue gives out everything that waits, in the order of submission") {
  CommandQueue queue(HoldBack::kNothing);
  queue.put(account("a"));
  queue.put(a_query());
  queue.put(a_sync());
  queue.put(account("b"));
  CHECK(take_now(queue) == Names{"a", "query", "sync", "b"});
  CHECK(take_now(queue).empty());
}

TEST_CASE("a queue wakes the thread that waits for an item") {
  CommandQueue queue(HoldBack::kNothing);
  auto taken = std::async(std::launch::async, [&] { return queue.take(Clock::now() + kForever); });
  queue.put(account("a"));
  CHECK(names_of(*taken.get()) == Names{"a"});
}

TEST_CASE("a queue that holds back gives out syncs alone, and the rest in its order when it is released") {
  CommandQueue queue(HoldBack::kUntilRelease);
  queue.put(account("a"));
  queue.put(a_sync());
  queue.put(a_query());
  CHECK(take_now(queue) == Names{"sync"});
  queue.put(account("b"));
  queue.put(a_sync());
  queue.release();
  queue.put(account("c"));
  CHECK(take_now(queue) == Names{"a", "query", "b", "sync", "c"});
}

TEST_CASE("a queue drops refreshes while it holds back, and only then") {
  CommandQueue queue(HoldBack::kUntilRelease);
  const auto refresh = [&] {
    auto held = std::make_shared<int>();
    const std::weak_ptr<int> watched = held;
    queue.put(CommandQueue::PendingCommand{
        .command = RefreshKeys{}, .context = {}, .reply = [held = std::move(held)](const Outcome&) {}});
    return watched;
  };
  CHECK(refresh().expired());
  queue.release();
  CHECK_FALSE(refresh().expired());
  const auto items = queue.take(Clock::now());
  REQUIRE(items->size() == 1);
  CHECK(is_refresh(items->front()));
}

TEST_CASE("a stopped queue answers what comes later, and ends when everything is taken") {
  CommandQueue queue(HoldBack::kNothing);
  queue.put(account("a"));
  queue.stop(std::chrono::milliseconds(0));
  std::vector<ErrorCode> codes;
  queue.put(CommandQueue::PendingCommand{
      .command = OpenAccount{}, .context = {}, .reply = [&](const Outcome& outcome) {
        codes.push_back(std::get<Error>(outcome).code);
      }});
  queue.put(CommandQueue::Query{[&](const auto& view) { codes.push_back(view.error().code); }});
  queue.put(CommandQueue::SyncRequest{[&](const auto& synced) { codes.push_back(synced.error().code); }});
  CHECK(codes == std::vector(3, ErrorCode::kStopping));
  CHECK(take_now(queue) == Names{"a"});
  CHECK_FALSE(queue.take(Clock::now() + kForever).has_value());
}

TEST_CASE("a stopped queue does not end before it is released") {
  CommandQueue queue(HoldBack::kUntilRelease);
  queue.put(account("a"));
  queue.stop(std::chrono::milliseconds(0));
  CHECK(take_now(queue).empty());
  queue.release();
  CHECK(take_now(queue) == Names{"a"});
  CHECK_FALSE(queue.take(Clock::now() + kForever).has_value());
}

TEST_CASE("stopping a queue waits for the release") {
  CommandQueue queue(HoldBack::kUntilRelease);
  std::thread stopper([&] { queue.stop(kForever); });
  // Accepted, because the queue is not stopped before the release.
  queue.put(account("a"));
  queue.release();
  stopper.join();
  CHECK(take_now(queue) == Names{"a"});
  CHECK_FALSE(queue.take(Clock::now() + kForever).has_value());
}

TEST_CASE("items that threads put beside each other are all given out") {
  constexpr std::size_t kThreads = 4;
  constexpr std::size_t kItemsEach = 200;
  CommandQueue queue(HoldBack::kUntilRelease);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (std::size_t n = 0; n < kItemsEach; ++n)
        queue.put(n % 2 == 0 ? CommandQueue::Item(account("a")) : a_sync());
    });
  }
  std::thread releaser([&] { queue.release(); });
  for (std::size_t taken = 0; taken < kThreads * kItemsEach;) {
    taken += queue.take(Clock::now() + kForever)->size();
  }
  for (std::thread& each : threads) each.join();
  releaser.join();
  queue.stop(kForever);
  CHECK_FALSE(queue.take(Clock::now() + kForever).has_value());
}

}  // namespace
}  // namespace keyledger::commands
