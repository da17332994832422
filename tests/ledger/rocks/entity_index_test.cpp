#include "ledger/rocks/entity_index.h"

#include <catch2/catch.hpp>
#include <map>

#include "ledger/rocks/row_keys.h"

namespace keyledger::ledger {
namespace {

constexpr Position kAt{9};

std::map<std::string, std::string> rows_of(std::uint32_t first, std::uint32_t count) {
  std::vector<EntityRef> entities;
  for (std::uint32_t i = 0; i < count; ++i) entities.push_back(ref(KeyNumber{first + i}));
  std::map<std::string, std::string> rows;
  make_entity_rows(entities, kAt, [&](std::string_view key, std::string_view value) {
    CHECK(rows.emplace(key, value).second);
  });
  return rows;
}

std::string common_key(std::uint64_t row) {
  return common_entity_prefix({EntityRef::Kind::kKey, row}) + record_key(kAt);
}

}  // namespace

TEST_CASE("a record about few entities has a row for each") {
  const auto rows = rows_of(100, 15);
  CHECK(rows.size() == 15);
  for (std::uint32_t key = 100; key < 115; ++key)
    CHECK(rows.at(entity_key(ref(KeyNumber{key}), kAt)).empty());
}

TEST_CASE("a record about many entities has a row for each 256 numbers, with a bit for each") {
  const auto rows = rows_of(250, 24);  // six keys before 256, 18 from 256 on
  CHECK(rows.size() == 7);
  CHECK(rows.contains(entity_key(ref(KeyNumber{255}), kAt)));
  std::string bits(32, '\0');
  bits[0] = bits[1] = '\xff';
  bits[2] = '\x03';
  CHECK(rows.at(common_key(1)) == bits);
}

TEST_CASE("a row for many is the same bytes for ever") {
  const auto rows = rows_of(513, 16);
  REQUIRE(rows.size() == 1);
  CHECK(rows.begin()->first == std::string("\x04\x04\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\x09", 18));
  CHECK(rows.begin()->second == std::string("\xfe\xff\x01", 3) + std::string(29, '\0'));
}

}  // namespace keyledger::ledger
