#include "projections/key_texts.h"

#include <catch2/catch.hpp>

namespace keyledger::projections {
namespace {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every fold

KeyTexts texts_of_everything() {
  KeyTexts texts{.name = "ci", .description = "of the build"};
  texts.tags = {"one", ""};
  texts.annotations = {{"team", "web"}, {"", ""}};
  texts.limit = RateLimit{.requests = 1'000'000'000, .window = 86'400'000'000};
  texts.allow = {*parse_address_range("192.0.2.0/24"), *parse_address_range("2001:db8::/32")};
  return texts;
}

void check_equal(const KeyTexts& a, const KeyTexts& b) {
  CHECK(a.name == b.name);
  CHECK(a.description == b.description);
  CHECK(a.tags == b.tags);
  CHECK(a.annotations == b.annotations);
  CHECK(a.limit == b.limit);
  CHECK(a.allow == b.allow);
}

TEST_CASE("what is said of a key is read as it was written") {
  for (const KeyTexts& texts : {KeyTexts{}, KeyTexts{.name = "ci"}, texts_of_everything()}) {
    const std::string bytes = encode_key_texts(texts);
    const auto read = decode_key_texts(bytes);
    REQUIRE(read);
    check_equal(*read, texts);
    CHECK(name_in_key_texts(bytes) == texts.name);
  }
  CHECK(encode_key_texts({.name = "ci"}).size() == 3);
}

TEST_CASE("texts that are cut, lengthened or changed anywhere are refused or sound") {
  const std::string bytes = encode_key_texts(texts_of_everything());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    if (size == 3) continue;  // the name alone
    CHECK_FALSE(decode_key_texts(std::string_view(bytes).substr(0, size)));
  }
  CHECK_FALSE(decode_key_texts(bytes + '\0'));
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      if (const auto read = decode_key_texts(changed)) CHECK(encode_key_texts(*read) == changed);
    }
  }
}

TEST_CASE("a limit that no command can set is not sound") {
  for (const RateLimit& limit :
       {RateLimit{.requests = 0, .window = 1'000}, RateLimit{.requests = 1, .window = -1}}) {
    CHECK_FALSE(decode_key_texts(encode_key_texts({.name = "ci", .limit = limit})));
  }
}

}  // namespace
}  // namespace keyledger::projections
