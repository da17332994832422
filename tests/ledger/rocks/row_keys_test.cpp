#include "ledger/rocks/row_keys.h"

#include <catch2/catch.hpp>

namespace keyledger::ledger {

TEST_CASE("keys of the log sort as their numbers do") {
  CHECK(record_key(Position{255}) < record_key(Position{256}));
  CHECK(merkle_key(4, 255) < merkle_key(4, 256));
  CHECK(merkle_key(4, ~std::uint64_t{0}) < merkle_key(5, 0));
  const EntityRef key{EntityRef::Kind::kKey, 7};
  CHECK(entity_key(key, Position{255}) < entity_key(key, Position{256}));
  CHECK(entity_key(key, Position{~std::uint64_t{0}}) < use_row_key(key.kind, 0, 0));
  CHECK(use_row_key(key.kind, 7, 255) < use_row_key(key.kind, 7, 256));
  CHECK(use_row_key(key.kind, 255, ~std::uint64_t{0}) < use_row_key(key.kind, 256, 0));
  CHECK(use_row_key(key.kind, ~std::uint32_t{0}, 0) < segment_marker_key(0));
  CHECK(segment_marker_key(255) < segment_marker_key(256));
  CHECK(segment_marker_key(~std::uint64_t{0}) < common_entity_prefix({key.kind, 0}));
  CHECK(common_entity_prefix({key.kind, 255}) < common_entity_prefix({key.kind, 256}));
}

TEST_CASE("keys and values of the log come back") {
  const EntityRef key{EntityRef::Kind::kKey, 7};
  CHECK(position_from(record_key(Position{0x0102030405060708})) == Position{0x0102030405060708});
  CHECK(place_from(entity_key(key, Position{9}), entity_prefix(key)) == 9);
  CHECK(place_from(use_row_key(key.kind, 7, 9), use_row_prefix(key.kind, 7)) == 9);
  const MerkleValue value{.hash = {1, 2}, .end = Position{3}};
  CHECK(merkle_value_from(merkle_value(value)) == value);
  const IdempotencyEntry entry{.first = Position{1}, .last = Position{2}, .command_digest = {3}};
  CHECK(idempotency_from(idempotency_value(entry)) == entry);
}

TEST_CASE("keys and values of another size or entity are not read") {
  const EntityRef key{EntityRef::Kind::kKey, 7};
  const EntityRef other{EntityRef::Kind::kClient, 7};
  CHECK(!position_from("1234567"));
  CHECK(!place_from(entity_key(other, Position{9}), entity_prefix(key)));
  CHECK(!place_from(entity_prefix(key), entity_prefix(key)));
  CHECK(!place_from(use_row_key(key.kind, 8, 9), use_row_prefix(key.kind, 7)));
  CHECK(!merkle_value_from(std::string(39, 'x')));
  CHECK(!idempotency_from(""));
}

}  // namespace keyledger::ledger
