#include "ledger/values/token.h"

#include <catch2/catch.hpp>
#include <random>
#include <regex>
#include <string>

#include "tests/support/seed.h"

namespace keyledger::ledger {
namespace {

TokenEntropy entropy_of(std::mt19937_64& random) {
  TokenEntropy entropy{};
  for (std::uint8_t& byte : entropy) byte = static_cast<std::uint8_t>(random());
  return entropy;
}

std::string token_of(std::string_view prefix, const TokenEntropy& entropy) {
  return std::string(make_token(prefix, entropy).expose());
}

}  // namespace

TEST_CASE("a native token is what its entropy makes it") {
  // Known answers, computed with Python's integers and zlib.crc32.
  TokenEntropy counting{};
  for (std::size_t i = 0; i < counting.size(); ++i) counting[i] = static_cast<std::uint8_t>(i);
  TokenEntropy ones{};
  ones.fill(0xff);
  CHECK(token_of("kl_", TokenEntropy{}) == "kl_00000000000000000000000000000000000000000004GF5EY");
  CHECK(token_of("kl_", counting) == "kl_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf3cSV2A");
  CHECK(token_of("live-", ones) == "live-yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp14f7ULE");
}

TEST_CASE("native tokens are found by the pattern that scanners use, and known by their shape") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const std::regex pattern("kl_[0-9A-Za-z]{49}");
  for (int i = 0; i < 200; ++i) {
    const std::string token = token_of(kTokenPrefix, entropy_of(random));
    CHECK(std::regex_match(token, pattern));
    CHECK(shape_of(token) == TokenShape::kNative);
  }
}

TEST_CASE("a token with any one character mistyped is known as such") {
  std::mt19937_64 random(tests::test_seed());
  const std::string token = token_of(kTokenPrefix, entropy_of(random));
  const std::string digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (std::size_t at = kTokenPrefix.size(); at < token.size(); ++at) {
    for (const char digit : digits) {
      if (digit == token[at]) continue;
      std::string typo = token;
      typo[at] = digit;
      CAPTURE(typo);
      CHECK(shape_of(typo) == TokenShape::kMistyped);
    }
  }
}

TEST_CASE("two neighbouring characters in the wrong order are a typo") {
  std::mt19937_64 random(tests::test_seed());
  const std::string token = token_of(kTokenPrefix, entropy_of(random));
  for (std::size_t at = kTokenPrefix.size() + 1; at < token.size(); ++at) {
    std::string typo = token;
    std::swap(typo[at - 1], typo[at]);
    if (typo != token) CHECK(shape_of(typo) == TokenShape::kMistyped);
  }
}

TEST_CASE("a token of another prefix is native with the right checksum, and somebody's without") {
  std::mt19937_64 random(tests::test_seed());
  const std::string prefix = GENERATE("a", "acme_", "a-b_C-9012");
  std::string token = token_of(prefix, entropy_of(random));
  CHECK(shape_of(token) == TokenShape::kNative);
  token.back() = token.back() == 'a' ? 'b' : 'a';
  CHECK(shape_of(token) == TokenShape::kOther);
}

TEST_CASE("a Knox token is not mistaken for a native one") {
  const std::string hex = "865aca21c81b492c2738ffa4e82d03d722ae9563dc5b3dcfb4b4ad0de1843788";
  CHECK(shape_of(hex) == TokenShape::kOther);
  CHECK(shape_of("TEST_" + hex) == TokenShape::kOther);
  CHECK(shape_of(hex.substr(0, 54)) == TokenShape::kOther);
  CHECK(shape_of("9944b09199c62bcf9418ad846dd0e4bbdfc6ee4b9836F45E23A345") == TokenShape::kOther);
}

TEST_CASE("what cannot be anybody's token is unusable") {
  using namespace std::string_literals;
  CHECK(shape_of("") == TokenShape::kUnusable);
  CHECK(shape_of(std::string(Secret::kLengthMax + 1, 'a')) == TokenShape::kUnusable);
  CHECK(shape_of("a\nb") == TokenShape::kUnusable);
  CHECK(shape_of("a\0b"s) == TokenShape::kUnusable);
  CHECK(shape_of("\xff") == TokenShape::kUnusable);
  CHECK(shape_of(std::string(Secret::kLengthMax, 'a')) == TokenShape::kOther);
}

TEST_CASE("a prefix has one to ten characters of a small alphabet") {
  CHECK(is_token_prefix("kl_"));
  CHECK(is_token_prefix("a-b_C-9012"));
  const std::string prefix = GENERATE("", "elevenchars", "a b", "a.b", "é", "a\n");
  CAPTURE(prefix);
  CHECK(!is_token_prefix(prefix));
}

}  // namespace keyledger::ledger
