#include "ledger/values/entity_ids.h"

#include <catch2/catch.hpp>
#include <type_traits>

#include "ledger/values/position.h"

namespace keyledger::ledger {

static_assert(!std::is_convertible_v<std::uint32_t, KeyNumber>, "an id is made explicitly");
static_assert(!std::is_convertible_v<KeyNumber, std::uint32_t>, "an id is read explicitly");
static_assert(!std::is_constructible_v<KeyNumber, ClientNumber>, "ids of different things never mix");
static_assert(sizeof(KeyNumber) == sizeof(std::uint32_t));

TEST_CASE("an id is ordered, hashed and followed by the next as its integer is") {
  CHECK(KeyNumber{1} < KeyNumber{2});
  CHECK(KeyNumber{1}.next() == KeyNumber{2});
  CHECK(kBeforeFirst.next() == Position{1});
  CHECK(std::hash<KeyNumber>{}(KeyNumber{5}) == std::hash<KeyNumber>{}(KeyNumber{5}));
}

TEST_CASE("a UUID is read in its canonical form, in either case, and written in lower case") {
  const auto uuid = parse_uuid("0F8FAD5B-d9cb-469f-A165-70867728950E");
  REQUIRE(uuid);
  CHECK(to_string(*uuid) == "0f8fad5b-d9cb-469f-a165-70867728950e");
  CHECK(parse_uuid(to_string(*uuid)) == *uuid);
}

TEST_CASE("what is not a canonical UUID is refused") {
  const std::string text =
      GENERATE("", "0f8fad5b-d9cb-469f-a165-70867728950", "0f8fad5bd9cb469fa16570867728950e",
               "{0f8fad5b-d9cb-469f-a165-70867728950e}", "0f8fad5b-d9cb-469f-a165-70867728950g",
               "0f8fad5b-d9cb-469f-a165-70867728950e\n", "0f8fad5b-d9cb-469f-a16570867728950e-",
               "0f8fad5b_d9cb_469f_a165_70867728950e");
  CAPTURE(text);
  CHECK(!parse_uuid(text));
}

TEST_CASE("ids of the same UUID are equal and hash alike") {
  const auto uuid = parse_uuid("0f8fad5b-d9cb-469f-a165-70867728950e").value();
  CHECK(KeyId{uuid} == KeyId{uuid});
  CHECK(hash_value(KeyId{uuid}) == hash_value(KeyId{uuid}));
  CHECK(KeyId{} < KeyId{uuid});
}

TEST_CASE("random bytes become a UUID of version 4, and all but six bits stay") {
  std::array<std::uint8_t, 16> bytes{};
  CHECK(to_string(uuid_from_random(bytes)) == "00000000-0000-4000-8000-000000000000");
  bytes.fill(0xff);
  CHECK(to_string(uuid_from_random(bytes)) == "ffffffff-ffff-4fff-bfff-ffffffffffff");
}

}  // namespace keyledger::ledger
