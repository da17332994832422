// The server alone, with connections of the test's own in place of a protocol.
#include "net/server.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "commands/authenticator.h"
#include "tests/support/manual_clock.h"
#include "tests/support/story.h"

namespace keyledger::net {
namespace {

using commands::UseDurability;
using ledger::Position;
using ledger::Record;
using ledger::Result;

constexpr const char* kKeyName = "ci";

tests::Story story_of_one_key() {
  tests::Story story;
  const auto account = story.account(1);
  story.key(kKeyName, story.user("ada", account), account);
  return story;
}

using Journal = std::vector<std::string>;

// A connection that asks a question for each byte of the input, and records the server's calls.
class Asker final : public Connection, public std::enable_shared_from_this<Asker> {
 public:
  Asker(Arrival arrival, ConnectionHost& host, Journal& journal)
      : socket_(std::move(arrival.socket)), host_(host), journal_(journal) {}

  int socket() const override { return socket_.number(); }

  void ready(std::uint32_t) override {
    std::array<char, 8> room{};
    const ssize_t size = ::recv(socket_.number(), room.data(), room.size(), 0);
    if (size <= 0) return close();
    const std::vector<projections::Question> questions(static_cast<std::size_t>(size), {.token = token_});
    host_.ask(*this, questions);
    host_.flush_soon(shared_from_this());
    journal_.push_back("ready");
  }

  void judged(std::span<const projections::Verdict> verdicts, const projections::Access&) override {
    for (const projections::Verdict& verdict : verdicts) CHECK(verdict.allowed());
    journal_.push_back("judged " + std::to_string(verdicts.size()));
  }

  bool flushed(const Result<void>& written, UseDurability durability) override {
    journal_.push_back(written ? "flushed" : "not flushed");
    return durability == UseDurability::kSynced;
  }

  void synced(const Result<void>& synced) override { journal_.push_back(synced ? "synced" : "not synced"); }
  bool check_idle() override { return false; }
  void finish() override { close(); }

  void close() override {
    socket_ = ledger::FileDescriptor();
    journal_.push_back("closed");
    host_.closed(*this);
  }

  void wait_for(Position position) {
    host_.wait_for(
        {.position = position, .owner = this, .bytes = 1, .resume = [this](const Result<void>& come) {
           journal_.push_back(come ? "come" : "not come");
         }});
  }

 private:
  ledger::FileDescriptor socket_;
  ConnectionHost& host_;
  Journal& journal_;
  std::string token_ = tests::Story::token_of(kKeyName);
};

// A server on the test's thread, with a log that only counts appends.
class Setting {
 public:
  explicit Setting(UseDurability durability = UseDurability::kWritten) {
    server.emplace(Server::Parts{.executor = context.get_executor(),
                                 .lane = authenticator.lane(0),
                                 .crowd = crowd,
                                 .durability = durability,
                                 .sync_soon = [this](auto done) { syncs.push_back(std::move(done)); },
                                 .make_connection =
                                     [this](Arrival arrival, ConnectionHost& host) {
                                       return askers.emplace_back(
                                           std::make_shared<Asker>(std::move(arrival), host, journal));
                                     }});
    crowd.add(*server);
  }

  // Admits a connection, and returns the client's socket.
  ledger::FileDescriptor connect() {
    std::array<int, 2> sockets{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets.data()) == 0);
    REQUIRE(::fcntl(sockets[0], F_SETFL, O_NONBLOCK) == 0);
    crowd.admit({.socket = ledger::FileDescriptor(sockets[0]), .principal = {}});
    run();
    return ledger::FileDescriptor(sockets[1]);
  }

  static void say(const ledger::FileDescriptor& client, const std::string& text) {
    REQUIRE(::send(client.number(), text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  }

  // Runs all work that is ready.
  void run() {
    context.restart();
    while (context.poll() > 0) continue;
  }

  Journal take_journal() { return std::exchange(journal, {}); }

  Result<void> append(std::span<Record> records) {
    if (!disk_works) return ledger::Error{ledger::ErrorCode::kWriteFailed, ""};
    for (Record& record : records) {
      record.position = next;
      next = ledger::last_position_of(record).next();
    }
    ++appends;
    return {};
  }

  tests::Story story = story_of_one_key();
  tests::ManualClock clock{tests::kStoryBegins};
  Position next = story.state().position().next();
  std::size_t appends = 0;
  bool disk_works = true;
  std::size_t refused = 0;
  Journal journal;
  std::deque<std::function<void(Result<void>)>> syncs;
  std::vector<std::shared_ptr<Asker>> askers;
  boost::asio::io_context context{1};
  commands::Authenticator authenticator{story.replayed().access,
                                        [this](std::span<Record> records) { return append(records); },
                                        clock.clock(), ledger::Timestamp{}};
  ServerCrowd crowd{2, [this](const Arrival&) { ++refused; }};
  std::optional<Server> server;
};

}  // namespace

TEST_CASE("the questions of all connections in one wake-up are judged together and share one append") {
  Setting setting;
  const auto first = setting.connect();
  const auto second = setting.connect();
  Setting::say(first, "ab");
  Setting::say(second, "c");
  setting.run();
  CHECK(setting.take_journal() == Journal{"ready", "ready", "judged 2", "judged 1", "flushed", "flushed"});
  CHECK(setting.appends == 1);
}

TEST_CASE("connections learn that the uses of their verdicts could not be written") {
  Setting setting;
  setting.disk_works = false;
  const auto client = setting.connect();
  Setting::say(client, "a");
  setting.run();
  CHECK(setting.take_journal() == Journal{"ready", "judged 1", "not flushed"});
}

TEST_CASE("held verdicts share the next sync while one is under way") {
  Setting setting(UseDurability::kSynced);
  const auto first = setting.connect();
  const auto second = setting.connect();
  Setting::say(first, "a");
  setting.run();
  REQUIRE(setting.syncs.size() == 1);
  Setting::say(first, "b");
  Setting::say(second, "c");
  setting.run();
  CHECK(setting.syncs.size() == 1);
  setting.take_journal();
  setting.syncs[0]({});
  setting.run();
  CHECK(setting.take_journal() == Journal{"synced"});
  REQUIRE(setting.syncs.size() == 2);
  setting.syncs[1](ledger::Error{ledger::ErrorCode::kWriteFailed, ""});
  setting.run();
  CHECK(setting.take_journal() == Journal{"not synced", "not synced"});
}

TEST_CASE("a request that waits for a position goes on when uses have reached that position") {
  Setting setting;
  const auto client = setting.connect();
  setting.askers.front()->wait_for(setting.next);
  setting.server->wake();
  CHECK(setting.take_journal().empty());
  Setting::say(client, "a");
  setting.run();
  CHECK(setting.take_journal() == Journal{"ready", "judged 1", "flushed", "come"});
}

TEST_CASE("a connection that closes takes its parked requests along and makes room for another") {
  Setting setting;
  auto first = setting.connect();
  const auto second = setting.connect();
  setting.askers.front()->wait_for(setting.next);
  CHECK(setting.crowd.parked() == 1);
  const auto third = setting.connect();
  CHECK(setting.refused == 1);
  first = ledger::FileDescriptor();
  setting.run();
  CHECK(setting.take_journal() == Journal{"closed"});
  CHECK(setting.crowd.parked() == 0);
  const auto fourth = setting.connect();
  CHECK(setting.refused == 1);
  CHECK(setting.askers.size() == 3);
}

TEST_CASE("a server that finishes closes every connection and leaves its executor without work") {
  Setting setting;
  const auto first = setting.connect();
  const auto second = setting.connect();
  setting.server->stop_taking();
  setting.server->finish_connections();
  setting.context.restart();
  setting.context.run();
  CHECK(setting.take_journal() == Journal{"closed", "closed"});
}

}  // namespace keyledger::net
