// The keys and values of the RocksDB log, as bytes (rocks_log.h says what they mean). Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/event_log.h"
#include "ledger/rocks/archive.h"

namespace keyledger::ledger {

std::string record_key(Position first);

// Nothing if it is not a record's key.
std::optional<Position> position_from(std::string_view record_key);

// In the family `entities`: an event about the entity, by the first position of its record.
std::string entity_key(const EntityRef& entity, Position record);

// What all keys of events about the entity begin with.
std::string entity_prefix(const EntityRef& entity);

// The same of rows that many entities have in common (ledger/rocks/entity_index.h); the number is that of the
// row.
std::string common_entity_prefix(const EntityRef& row);

// A row of the index of uses (ledger/rocks/use_index.h).
std::string use_row_key(EntityRef::Kind kind, std::uint32_t bucket, std::uint64_t segment);
std::string use_row_prefix(EntityRef::Kind kind, std::uint32_t bucket);

// All rows of the segment are written.
std::string segment_marker_key(std::uint64_t segment);

// The position or segment in a key that begins with the prefix of its entity or bucket; nothing if it is not
// such a key.
std::optional<std::uint64_t> place_from(std::string_view key, std::string_view prefix);

std::string merkle_key(std::uint8_t level, std::uint64_t index);

struct MerkleValue {
  Hash hash{};
  Position end;  // the first position behind the records of the subtree

  friend bool operator==(const MerkleValue&, const MerkleValue&) = default;
};

std::string merkle_value(const MerkleValue& value);
std::optional<MerkleValue> merkle_value_from(std::string_view bytes);

// In the family `default`: a file of the archive, by the position of its first record.
std::string archive_key(Position first);
std::string archive_value(const ArchivedStretch& stretch);
std::optional<ArchivedStretch> archived_stretch_from(std::string_view key, std::string_view value);

std::string idempotency_value(const IdempotencyEntry& entry);
std::optional<IdempotencyEntry> idempotency_from(std::string_view bytes);

}  // namespace keyledger::ledger
