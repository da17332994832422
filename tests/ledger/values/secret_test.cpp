#include "ledger/values/secret.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <type_traits>

namespace keyledger::ledger {

static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
static_assert(!std::is_convertible_v<Secret, std::string_view> &&
              !std::is_convertible_v<Secret, std::string>);

TEST_CASE("a secret gives back its text, up to its greatest length") {
  const std::string longest(Secret::kLengthMax, 'x');
  CHECK(Secret::from("kl_text").value().expose() == "kl_text");
  CHECK(Secret::from(longest).value().expose() == longest);
  CHECK(!Secret::from(longest + "x"));
  CHECK(Secret::from("").value().empty());
  CHECK(Secret().empty());
}

TEST_CASE("secrets are equal if their texts are") {
  CHECK(Secret::from("a").value() == Secret::from("a").value());
  CHECK(!(Secret::from("a").value() == Secret::from("b").value()));
  CHECK(!(Secret::from("a").value() == Secret::from("ab").value()));
}

TEST_CASE("a secret that was moved from holds nothing") {
  Secret from = Secret::from("kl_text").value();
  const Secret to = std::move(from);
  CHECK(to.expose() == "kl_text");
  CHECK(from.empty());  // NOLINT(bugprone-use-after-move): that is the promise
  Secret other = Secret::from("another").value();
  Secret moved = Secret::from("kl_text").value();
  other = std::move(moved);
  CHECK(other.expose() == "kl_text");
  CHECK(moved.empty());  // NOLINT(bugprone-use-after-move)
}

TEST_CASE("a move leaves no trace in its source, destruction none in memory") {
  alignas(Secret) std::array<unsigned char, sizeof(Secret)> memory{};
  const auto holds = [&](std::string_view text) {
    const auto bytes = std::string_view(reinterpret_cast<const char*>(memory.data()), memory.size());
    return bytes.find(text) != bytes.npos;
  };
  auto* secret = new (memory.data()) Secret(Secret::from("kl_needle").value());
  REQUIRE(holds("kl_needle"));
  const Secret moved = std::move(*secret);
  CHECK(!holds("needle"));
  *secret = Secret::from("kl_needle").value();
  REQUIRE(holds("kl_needle"));
  std::destroy_at(secret);
  CHECK(!holds("needle"));
}

}  // namespace keyledger::ledger
