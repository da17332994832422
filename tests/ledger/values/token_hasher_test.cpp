#include "ledger/values/token_hasher.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <memory>
#include <new>
#include <random>
#include <string>
#include <vector>

#include "tests/support/seed.h"

namespace keyledger::ledger {
namespace {

// Hashes a text with OpenSSL's general interface.
std::string hash_of_text(const std::string& text) {
  Sha256Hash hash{};
  unsigned size = 0;
  REQUIRE(EVP_Digest(text.data(), text.size(), hash.data(), &size, EVP_sha256(), nullptr) == 1);
  REQUIRE(size == hash.size());
  return to_hex(hash);
}

TEST_CASE("tokens of every length, laid out together, have the hashes that they have alone") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  std::vector<std::string> tokens;
  for (std::size_t length = 0; length <= 2 * sizeof(Sha256Block); ++length) {
    std::string& token = tokens.emplace_back(length, '\0');
    for (char& each : token) each = static_cast<char>(random());
  }
  for (std::size_t first = 0; first < tokens.size(); first += TokenHasher::kTokensMax) {
    const std::size_t end = std::min(tokens.size(), first + TokenHasher::kTokensMax);
    TokenHasher hasher;
    for (std::size_t i = first; i < end; ++i) hasher.lay_out(i - first, tokens[i]);
    for (std::size_t i = end; i-- > first;) {
      CAPTURE(tokens[i].size());
      CHECK(to_hex(hasher.hash(i - first)) == hash_of_text(tokens[i]));
      CHECK(sha256_of(tokens[i]) == hasher.hash(i - first));
    }
  }
}

TEST_CASE("a place is used again, and places may be left out") {
  TokenHasher hasher;
  hasher.lay_out(3, "one");
  hasher.lay_out(31, "two");
  hasher.lay_out(3, "three");
  CHECK(to_hex(hasher.hash(3)) == hash_of_text("three"));
  CHECK(to_hex(hasher.hash(31)) == hash_of_text("two"));
}

TEST_CASE("a hasher leaves nothing of its tokens in memory") {
  alignas(TokenHasher) std::array<unsigned char, sizeof(TokenHasher)> memory{};
  auto* hasher = ::new (memory.data()) TokenHasher;
  const std::string token = "kl_a_token_that_nobody_else_shall_see";
  for (const std::size_t place : {std::size_t{0}, std::size_t{7}}) hasher->lay_out(place, token);
  const auto has_token = [&] {
    const std::string text(reinterpret_cast<const char*>(memory.data()), memory.size());
    return text.find(token) != std::string::npos;
  };
  CHECK(has_token());
  std::destroy_at(hasher);
  CHECK_FALSE(has_token());
}

}  // namespace
}  // namespace keyledger::ledger
