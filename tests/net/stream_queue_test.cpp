#include "net/stream_queue.h"

#include <catch2/catch.hpp>

namespace keyledger::net {
namespace {

StreamQueue::Stream stream(std::uint64_t id) { return {.id = id, .answer = nullptr}; }

// Begins as many streams as may run at once, numbered from 1.
void fill(StreamQueue& queue) {
  for (std::uint64_t id = 1; id <= kStreamsAtOnceMax; ++id) REQUIRE(queue.begin(stream(id)).has_value());
}

}  // namespace

TEST_CASE("streams beyond the limit wait, and run in their order as others end") {
  StreamQueue queue;
  fill(queue);
  CHECK(!queue.begin(stream(100)));
  CHECK(!queue.begin(stream(101)));
  const auto first = queue.end(3);
  REQUIRE(first.has_value());
  CHECK(first->id == 100);
  const auto second = queue.end(1);
  REQUIRE(second.has_value());
  CHECK(second->id == 101);
  CHECK(!queue.begin(stream(102)));
  CHECK(queue.end(100)->id == 102);
}

TEST_CASE("a queue runs until the last stream has ended") {
  StreamQueue queue;
  CHECK(!queue.is_running());
  fill(queue);
  for (std::uint64_t id = 1; id <= kStreamsAtOnceMax; ++id) {
    CHECK(queue.is_running());
    CHECK(!queue.end(id));
  }
  CHECK(!queue.is_running());
  CHECK(queue.begin(stream(7))->id == 7);
}

TEST_CASE("paused streams are given back once, in their order, and count as running meanwhile") {
  StreamQueue queue;
  fill(queue);
  CHECK(!queue.has_paused());
  queue.pause(stream(2));
  queue.pause(stream(1));
  CHECK(queue.has_paused());
  CHECK(!queue.begin(stream(100)));
  const auto paused = queue.take_paused();
  REQUIRE(paused.size() == 2);
  CHECK(paused[0].id == 2);
  CHECK(paused[1].id == 1);
  CHECK(!queue.has_paused());
  CHECK(queue.take_paused().empty());
}

TEST_CASE("all streams of a queue are given up together, running ones first") {
  StreamQueue queue;
  fill(queue);
  queue.pause(stream(2));
  CHECK(!queue.begin(stream(100)));
  const auto ids = queue.take_all();
  REQUIRE(ids.size() == kStreamsAtOnceMax + 1);
  CHECK(ids.front() == 1);
  CHECK(ids.back() == 100);
  CHECK(!queue.is_running());
  CHECK(!queue.has_paused());
}

}  // namespace keyledger::net
