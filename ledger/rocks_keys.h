// The keys and values of the RocksDB log, as bytes (rocks_log.h says what they mean). Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/event_log.h"

namespace keyledger::ledger {

// Uses are indexed by chunks of 2^16 positions.
constexpr unsigned kUseChunkBits = 16;

constexpr std::uint64_t use_chunk_of(Position position) { return position.value() >> kUseChunkBits; }

std::string record_key(Position first);

// Nothing if it is not a record's key.
std::optional<Position> position_from(std::string_view record_key);

enum class EntityIndex : std::uint8_t { kEvents = 1, kUses = 2 };

// `place`: the first position of a record, or a chunk.
std::string entity_key(EntityIndex index, const EntityRef& entity, std::uint64_t place);

// What all keys of the entity in this index begin with.
std::string entity_prefix(EntityIndex index, const EntityRef& entity);

// The place in a key that begins with the prefix of its entity; nothing if it is not such a key.
std::optional<std::uint64_t> place_from(std::string_view entity_key, std::string_view prefix);

std::string merkle_key(std::uint8_t level, std::uint64_t index);

struct MerkleValue {
  Hash hash{};
  Position end;  // the first position behind the records of the subtree

  friend bool operator==(const MerkleValue&, const MerkleValue&) = default;
};

std::string merkle_value(const MerkleValue& value);
std::optional<MerkleValue> merkle_value_from(std::string_view bytes);

std::string idempotency_value(const IdempotencyEntry& entry);
std::optional<IdempotencyEntry> idempotency_from(std::string_view bytes);

}  // namespace keyledger::ledger
