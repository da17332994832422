#include "net/service/publications.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>

namespace keyledger::net {
namespace {

using ledger::Position;
using ledger::Record;

std::vector<Record> records(std::uint64_t first, std::size_t count, std::size_t events_each) {
  std::vector<Record> all(count);
  for (std::size_t i = 0; i < count; ++i) {
    all[i].position = Position{first + i};
    all[i].events.resize(events_each, ledger::AccountClosed{});
  }
  return all;
}

struct World {
  boost::asio::io_context context;
  std::vector<std::string> told;
  Publications publications{context.get_executor(), [this](std::span<const Record> given) {
                              for (const Record& record : given)
                                tell(std::to_string(record.position.value()));
                            }};

  void tell(const std::string& what) { told.push_back(what); }
  Publications::Step step(const std::string& name) {
    return [this, name] { tell(name); };
  }
};

using Told = std::vector<std::string>;

}  // namespace

TEST_CASE("what is published is applied before its steps run, and at once if it is little") {
  World world;
  world.publications.add(records(1, 2, 1), {world.step("a"), world.step("b")});
  world.publications.add({}, {world.step("c")});
  CHECK(world.told == Told{"1", "2", "a", "b", "c"});
}

TEST_CASE("much that is published is applied bit by bit, and others have their turn between") {
  World world;
  world.publications.add(records(1, 3, Publications::kEventsAtOnce), {world.step("a")});
  world.publications.add(records(4, 1, 1), {world.step("b")});
  boost::asio::post(world.context, [&] { world.tell("other"); });
  CHECK(world.told == Told{"1"});
  world.context.run();
  CHECK(world.told == Told{"1", "2", "other", "3", "a", "4", "b"});
}

TEST_CASE("what is published can be settled at once, in its order") {
  World world;
  world.publications.add(records(1, 3, Publications::kEventsAtOnce), {world.step("a")});
  world.publications.add({}, {world.step("b")});
  world.publications.settle();
  CHECK(world.told == Told{"1", "2", "3", "a", "b"});
  world.context.run();
  CHECK(world.told.size() == 5);
}

TEST_CASE("a step may publish more") {
  World world;
  world.publications.add(records(1, 1, 1), {[&] { world.publications.add({}, {world.step("inner")}); }});
  CHECK(world.told == Told{"1", "inner"});
}

}  // namespace keyledger::net
