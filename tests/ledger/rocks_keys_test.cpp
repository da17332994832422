#include "ledger/rocks_keys.h"

#include <catch2/catch.hpp>

namespace keyledger::ledger {

TEST_CASE("keys of the log sort as their numbers do") {
  CHECK(record_key(Position{255}) < record_key(Position{256}));
  CHECK(merkle_key(4, 255) < merkle_key(4, 256));
  CHECK(merkle_key(4, ~std::uint64_t{0}) < merkle_key(5, 0));
  const EntityRef key{EntityRef::Kind::kKey, 7};
  CHECK(entity_key(EntityIndex::kEvents, key, 255) < entity_key(EntityIndex::kEvents, key, 256));
  CHECK(entity_key(EntityIndex::kEvents, key, ~std::uint64_t{0}) < entity_key(EntityIndex::kUses, key, 0));
}

TEST_CASE("keys and values of the log come back") {
  const EntityRef key{EntityRef::Kind::kKey, 7};
  const std::string prefix = entity_prefix(EntityIndex::kUses, key);
  CHECK(position_from(record_key(Position{0x0102030405060708})) == Position{0x0102030405060708});
  CHECK(place_from(entity_key(EntityIndex::kUses, key, 9), prefix) == 9);
  const MerkleValue value{.hash = {1, 2}, .end = Position{3}};
  CHECK(merkle_value_from(merkle_value(value)) == value);
  const IdempotencyEntry entry{.first = Position{1}, .last = Position{2}, .command_digest = {3}};
  CHECK(idempotency_from(idempotency_value(entry)) == entry);
}

TEST_CASE("keys and values of another size or entity are not read") {
  const EntityRef key{EntityRef::Kind::kKey, 7};
  const EntityRef other{EntityRef::Kind::kClient, 7};
  CHECK(!position_from("1234567"));
  CHECK(!place_from(entity_key(EntityIndex::kUses, other, 9), entity_prefix(EntityIndex::kUses, key)));
  CHECK(!place_from(entity_prefix(EntityIndex::kUses, key), entity_prefix(EntityIndex::kUses, key)));
  CHECK(!merkle_value_from(std::string(39, 'x')));
  CHECK(!idempotency_from(""));
}

TEST_CASE("a chunk of uses is 65,536 positions") {
  CHECK(use_chunk_of(Position{1}) == 0);
  CHECK(use_chunk_of(Position{65'535}) == 0);
  CHECK(use_chunk_of(Position{65'536}) == 1);
}

}  // namespace keyledger::ledger
