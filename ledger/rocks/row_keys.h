// The keys and values of the RocksDB log, as bytes. ledger/rocks/log.h explains their meaning. Pure; any
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/event_log.h"
#include "ledger/rocks/archive.h"

namespace keyledger::ledger {

std::string record_key(Position first);

// Returns the position in a record's key; nothing if the bytes are not the key of a record.
std::optional<Position> position_from(std::string_view record_key);

// Returns the key, in the family `entities`, of an event about the entity. `record` is the first position of
// the event's record.
std::string entity_key(const EntityRef& entity, Position record);

// Returns the beginning of all keys of events about the entity.
std::string entity_prefix(const EntityRef& entity);

// Returns the beginning of all keys of a row that many entities share (ledger/rocks/entity_index.h). The
// number in `row` is the number of the row.
std::string common_entity_prefix(const EntityRef& row);

// Return the key of a row of the index of uses (ledger/rocks/use_index.h), and the beginning of all keys of a
// bucket.
std::string use_row_key(EntityRef::Kind kind, std::uint32_t bucket, std::uint64_t segment);
std::string use_row_prefix(EntityRef::Kind kind, std::uint32_t bucket);

// Returns the key of the segment's marker, which says that all rows of the segment are written.
std::string segment_marker_key(std::uint64_t segment);

// Returns the position or segment that follows the prefix of an entity or bucket in `key`; nothing if `key`
// has another form.
std::optional<std::uint64_t> place_from(std::string_view key, std::string_view prefix);

std::string merkle_key(std::uint8_t level, std::uint64_t index);

struct MerkleValue {
  Hash hash{};
  Position end;  // the first position after the records of the subtree

  friend bool operator==(const MerkleValue&, const MerkleValue&) = default;
};

std::string merkle_value(const MerkleValue& value);
std::optional<MerkleValue> merkle_value_from(std::string_view bytes);

// Returns the key, in the family `default`, of the archive file whose first record begins at `first`.
std::string archive_key(Position first);
std::string archive_value(const ArchivedStretch& stretch);
std::optional<ArchivedStretch> archived_stretch_from(std::string_view key, std::string_view value);

std::string idempotency_value(const IdempotencyEntry& entry);
std::optional<IdempotencyEntry> idempotency_from(std::string_view bytes);

}  // namespace keyledger::ledger
