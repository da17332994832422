#include "projections/tables/text_arena.h"

#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "tests/support/seed.h"

namespace keyledger::projections {
namespace {

TEST_CASE("an arena gives every text back, of whatever size, until it is dropped") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  TextArena arena;
  std::map<TextArena::Ref, std::string> model;
  const auto draw_text = [&] {
    const std::size_t sizes[] = {random() % 20, random() % 200, random() % 1'100, random() % 5'000};
    std::string text(sizes[random() % 4], '\0');
    for (char& c : text) c = static_cast<char>(random());
    return text;
  };
  for (int step = 0; step < 20'000; ++step) {
    if (model.size() < 500 || random() % 2 == 0) {
      const std::string text = draw_text();
      const auto [at, is_new] = model.emplace(arena.put(text), text);
      REQUIRE(is_new);
    } else {
      const auto at = std::next(model.begin(), static_cast<std::ptrdiff_t>(random() % 40));
      arena.drop(at->first);
      model.erase(at);
    }
    if (step % 1'000 != 0) continue;
    for (const auto& [ref, text] : model) REQUIRE(arena.text(ref) == text);
  }
  for (const auto& [ref, text] : model) REQUIRE(arena.text(ref) == text);
}

TEST_CASE("a text that is replaced for ever takes no more room") {
  TextArena arena;
  const std::string texts[] = {"a name", "a rather longer name", std::string(700, 'x'),
                               std::string(9'000, 'y')};
  TextArena::Ref ref = arena.put(texts[0]);
  for (int i = 0; i < 100'000; ++i) {
    arena.drop(ref);
    ref = arena.put(texts[i % 4]);
  }
  CHECK(arena.memory_bytes() < std::size_t{3} << 20);
}

}  // namespace
}  // namespace keyledger::projections
