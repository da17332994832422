#include "net/waiting_room.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "net/connection.h"

namespace keyledger::net {
namespace {

using ledger::Error;
using ledger::ErrorCode;
using ledger::Position;
using ledger::Result;

// An owner of requests; as a connection, does nothing.
class Owner final : public Connection {
 public:
  int socket() const override { return -1; }
  void ready(std::uint32_t) override {}
  void judged(std::span<const projections::Verdict>, const projections::Access&) override {}
  bool flushed(const Result<void>&, commands::UseDurability) override { return false; }
  void synced(const Result<void>&) override {}
  bool check_idle() override { return false; }
  void finish() override {}
  void close() override {}
};

class Setting {
 public:
  void park(const Owner& owner, std::uint64_t position, std::string name, std::size_t bytes = 1) {
    room.park({.position = Position{position},
               .owner = &owner,
               .bytes = bytes,
               .resume = [this, name = std::move(name)](const Result<void>& come) {
                 resumed.push_back(come ? name : name + ": " + come.error().message());
               }});
  }

  void resume(const std::vector<WaitingRoom::Request>& requests) {
    for (const WaitingRoom::Request& request : requests) request.resume({});
  }

  std::atomic<std::size_t> parked_everywhere = 0;
  WaitingRoom room{parked_everywhere};
  std::vector<std::string> resumed;
  Owner ada;
  Owner bob;
};

}  // namespace

TEST_CASE("requests whose position has come leave the waiting room in the order of their arrival") {
  Setting setting;
  setting.park(setting.ada, 3, "a");
  setting.park(setting.bob, 1, "b");
  setting.park(setting.ada, 2, "c");
  setting.park(setting.bob, 4, "d");
  CHECK(setting.room.size() == 4);
  setting.resume(setting.room.take_arrived(Position{0}));
  CHECK(setting.resumed.empty());
  setting.resume(setting.room.take_arrived(Position{3}));
  CHECK(setting.resumed == std::vector<std::string>{"a", "b", "c"});
  CHECK(setting.room.size() == 1);
}

TEST_CASE("the requests of one connection leave the waiting room, and the others stay") {
  Setting setting;
  setting.park(setting.ada, 1, "a");
  setting.park(setting.bob, 1, "b");
  setting.park(setting.ada, 2, "c");
  const auto own = setting.room.take_of(setting.ada);
  for (const WaitingRoom::Request& request : own) request.resume(Error{ErrorCode::kStopping, ""});
  REQUIRE(setting.resumed.size() == 2);
  CHECK(setting.resumed[0].starts_with("a: "));
  CHECK(setting.resumed[1].starts_with("c: "));
  CHECK(setting.room.size() == 1);
  CHECK(setting.room.take_of(setting.ada).empty());
}

TEST_CASE("bytes and requests are counted while they wait, and no longer") {
  Setting setting;
  setting.park(setting.ada, 1, "a", 100);
  setting.park(setting.bob, 2, "b", 10);
  CHECK(setting.room.bytes() == 110);
  CHECK(setting.parked_everywhere == 2);
  setting.room.take_arrived(Position{1});
  CHECK(setting.room.bytes() == 10);
  CHECK(setting.parked_everywhere == 1);
  setting.room.take_of(setting.bob);
  CHECK(setting.room.bytes() == 0);
  CHECK(setting.parked_everywhere == 0);
}

TEST_CASE("a request that finds the waiting room full is resumed at once as overloaded") {
  Setting setting;
  SECTION("of bytes") {
    setting.park(setting.ada, 1, "a", kParkedBytesMax - 1);
    setting.park(setting.ada, 1, "fits", 1);
    CHECK(setting.resumed.empty());
    setting.park(setting.ada, 1, "too much", 1);
  }
  SECTION("of requests") {
    for (std::size_t i = 0; i < kParkedRequestsMax; ++i) setting.park(setting.ada, 1, "a", 0);
    CHECK(setting.resumed.empty());
    setting.park(setting.ada, 1, "too much", 0);
  }
  REQUIRE(setting.resumed.size() == 1);
  CHECK(setting.resumed.front().starts_with("too much: "));
  CHECK_THAT(setting.resumed.front(), Catch::Contains("too many requests wait"));
  const std::size_t size = setting.room.size();
  CHECK(setting.parked_everywhere == size);
  setting.room.take_of(setting.ada);
  setting.park(setting.ada, 1, "room again");
  CHECK(setting.resumed.size() == 1);
}

}  // namespace keyledger::net
