#include "projections/tables/tag_table.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <vector>

#include "projections/tables/tag_queue.h"
#include "tests/support/seed.h"

namespace keyledger::projections {
namespace {

// Returns all numbers of a tag, in any order.
std::vector<std::uint32_t> all_of(const TagTable& table, std::uint64_t tag) {
  std::vector<std::uint32_t> numbers;
  table.find(tag, [&](std::uint32_t number) {
    numbers.push_back(number);
    return false;
  });
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

}  // namespace

TEST_CASE("a table of tags finds what was inserted and not erased, as a map does") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  TagTable table;
  std::multimap<std::uint64_t, std::uint32_t> model;
  // Few parts and few halves lead to runs that wrap around, and to many tags with equal halves in slots.
  const auto draw_tag = [&] { return (random() % 2) << 56 | random() % 64; };
  for (std::uint32_t step = 1; step <= 20'000; ++step) {
    if (model.empty() || random() % 5 < (step < 5'000 ? 4U : 2U)) {
      const std::uint64_t tag = draw_tag();
      table.insert(tag, step);
      model.emplace(tag, step);
    } else {
      auto erased = model.begin();
      std::advance(erased, random() % std::min<std::size_t>(model.size(), 40));
      table.erase(erased->first, erased->second);
      model.erase(erased);
    }
    if (step % 97 != 0) continue;
    const std::uint64_t tag = draw_tag();
    std::vector<std::uint32_t> expected;
    for (auto [at, end] = model.equal_range(tag); at != end; ++at) expected.push_back(at->second);
    std::sort(expected.begin(), expected.end());
    REQUIRE(all_of(table, tag) == expected);
  }
}

TEST_CASE("what goes into a reserved table through a queue arrives in its order, and is found") {
  std::mt19937_64 random(1);
  constexpr std::uint32_t kTags = 100'000;
  std::vector<std::uint64_t> tags;
  for (std::uint32_t i = 0; i < kTags; ++i) tags.push_back(random());
  TagTable table;
  table.reserve(kTags);
  const std::size_t reserved = table.memory_bytes();
  std::uint32_t arrived = 0;
  TagQueue queue(table, [&](std::uint64_t tag, std::uint32_t number) {
    table.insert(tag, number);
    return number == ++arrived;
  });
  for (std::uint32_t number = 1; number <= kTags; ++number) REQUIRE(queue.add(tags[number - 1], number));
  CHECK(arrived < kTags);
  REQUIRE(queue.finish());
  CHECK(arrived == kTags);
  for (std::uint32_t i = 0; i < kTags; ++i) REQUIRE(all_of(table, tags[i]) == std::vector{i + 1});
  CHECK(table.memory_bytes() == reserved);
}

TEST_CASE("a queue says what its table said of what left it") {
  const TagTable table;
  TagQueue queue(table, [](std::uint64_t, std::uint32_t number) { return number != 3; });
  for (std::uint32_t number = 1; number <= 3; ++number) REQUIRE(queue.add(number, number));
  CHECK_FALSE(queue.finish());
}

TEST_CASE("an empty table of tags finds nothing and takes nothing") {
  const TagTable table;
  CHECK(all_of(table, 7).empty());
  CHECK(table.memory_bytes() == 0);
  table.prefetch(7);
}

TEST_CASE("a table of a million tags takes less than 22 bytes each") {
  std::mt19937_64 random(1);
  TagTable table;
  constexpr std::uint32_t kTags = 1'000'000;
  for (std::uint32_t number = 1; number <= kTags; ++number) table.insert(random(), number);
  CHECK(table.memory_bytes() < std::size_t{22} * kTags);
}

}  // namespace keyledger::projections
