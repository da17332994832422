// The keys and values of the RocksDB log, as bytes. ledger/rocks/log.h explains their meaning. Pure; any
// thread.
#pragma once

#include <boost/uuid/uuid.hpp>
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

// The first byte of a key in the family `entities`.
enum class EntityIndex : std::uint8_t { kEvents = 1, kUses = 2, kSegments = 3, kCommonEvents = 4 };

// A key of the family `entities`, in parts.
struct EntityIndexKey {
  EntityIndex index{};
  EntityRef entity;         // number: of the entity, of the row of many entities, or of the bucket of uses
  std::uint64_t place = 0;  // position of the record, or the segment
};
// Returns nothing if the key has no known form.
std::optional<EntityIndexKey> entity_index_key_from(std::string_view key);

std::string merkle_key(std::uint8_t level, std::uint64_t index);

struct MerklePlace {
  std::uint8_t level = 0;
  std::uint64_t index = 0;
};
std::optional<MerklePlace> merkle_place_from(std::string_view key);

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

// The three single rows of the family `default`. Their keys are one byte.
// The id of the ledger that the database belongs to.
std::string_view ledger_id_key();
std::string ledger_id_value(const boost::uuids::uuid& id);
std::optional<boost::uuids::uuid> ledger_id_from(std::string_view value);

// A long append that is open: the log has a part of its records, and the file of the intent has all of them.
struct OpenAppend {
  std::uint64_t records_before = 0;  // number of records in the log before the append
  Position after;                    // position of the last event before the append
  std::uint64_t records = 0;         // number of records of the append
  Hash checksum{};                   // of the file of the intent (ledger/rocks/intent_file.h)

  friend bool operator==(const OpenAppend&, const OpenAppend&) = default;
};
std::string_view open_append_key();
std::string open_append_value(const OpenAppend& open);
std::optional<OpenAppend> open_append_from(std::string_view value);

// A repair of the indexes is under way. The row has no value.
std::string_view repair_key();

std::string idempotency_value(const IdempotencyEntry& entry);
std::optional<IdempotencyEntry> idempotency_from(std::string_view bytes);

}  // namespace keyledger::ledger
