#include "ledger/rocks/row_keys.h"

#include <algorithm>

namespace keyledger::ledger {
namespace {

constexpr std::size_t kNumberSize = sizeof(std::uint64_t);
constexpr std::size_t kHashSize = sizeof(Hash);

// The first byte of a key in the family `default`.
constexpr char kArchiveFiles = 1;
constexpr char kLedgerId = 2;
constexpr char kOpenAppend = 3;
constexpr char kRepair = 4;

// Appends a big-endian number, so that keys sort like numbers.
void put_number(std::string& to, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) to.push_back(static_cast<char>(value >> shift & 0xff));
}

std::uint64_t number_at(std::string_view from, std::size_t offset) {
  ENSURE(from.size() >= offset + kNumberSize, "the caller has checked the size");
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < kNumberSize; ++i)
    value = value << 8 | static_cast<unsigned char>(from[offset + i]);
  return value;
}

std::string prefix_of(EntityIndex index, const EntityRef& entity) {
  std::string prefix;
  prefix.push_back(static_cast<char>(index));
  prefix.push_back(static_cast<char>(entity.kind));
  put_number(prefix, entity.number);
  return prefix;
}

void put_hash(std::string& to, const Hash& hash) { to.append(hash.begin(), hash.end()); }

Hash hash_at(std::string_view from, std::size_t offset) {
  Hash hash{};
  const std::string_view bytes = from.substr(offset, kHashSize);
  ENSURE(bytes.size() == kHashSize, "the caller has checked the size");
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

}  // namespace

std::string record_key(Position first) {
  std::string key;
  put_number(key, first.value());
  return key;
}

std::optional<Position> position_from(std::string_view record_key) {
  if (record_key.size() != kNumberSize) return std::nullopt;
  return Position{number_at(record_key, 0)};
}

std::string entity_prefix(const EntityRef& entity) { return prefix_of(EntityIndex::kEvents, entity); }

std::string common_entity_prefix(const EntityRef& row) { return prefix_of(EntityIndex::kCommonEvents, row); }

std::string entity_key(const EntityRef& entity, Position record) {
  std::string key = entity_prefix(entity);
  put_number(key, record.value());
  return key;
}

std::string use_row_prefix(EntityRef::Kind kind, std::uint32_t bucket) {
  std::string prefix;
  prefix.push_back(static_cast<char>(EntityIndex::kUses));
  prefix.push_back(static_cast<char>(kind));
  for (int shift = 24; shift >= 0; shift -= 8) prefix.push_back(static_cast<char>(bucket >> shift & 0xff));
  return prefix;
}

std::string use_row_key(EntityRef::Kind kind, std::uint32_t bucket, std::uint64_t segment) {
  std::string key = use_row_prefix(kind, bucket);
  put_number(key, segment);
  return key;
}

std::string segment_marker_key(std::uint64_t segment) {
  std::string key(1, static_cast<char>(EntityIndex::kSegments));
  put_number(key, segment);
  return key;
}

std::optional<std::uint64_t> place_from(std::string_view key, std::string_view prefix) {
  if (key.size() != prefix.size() + kNumberSize || !key.starts_with(prefix)) return std::nullopt;
  return number_at(key, prefix.size());
}

std::optional<EntityIndexKey> entity_index_key_from(std::string_view key) {
  constexpr std::size_t kBucketSize = sizeof(std::uint32_t);
  if (key.empty()) return std::nullopt;
  const auto index = static_cast<EntityIndex>(key[0]);
  if (index == EntityIndex::kSegments) {
    if (key.size() != 1 + kNumberSize) return std::nullopt;
    return EntityIndexKey{.index = index, .entity = {}, .place = number_at(key, 1)};
  }
  const bool is_known =
      index == EntityIndex::kEvents || index == EntityIndex::kUses || index == EntityIndex::kCommonEvents;
  const std::size_t number_size = index == EntityIndex::kUses ? kBucketSize : kNumberSize;
  if (!is_known || key.size() != 2 + number_size + kNumberSize) return std::nullopt;
  const auto kind = static_cast<EntityRef::Kind>(key[1]);
  if (kind < EntityRef::Kind::kAccount || EntityRef::Kind::kKey < kind) return std::nullopt;
  std::uint64_t number = 0;
  for (const char byte : key.substr(2, number_size)) number = number << 8 | static_cast<unsigned char>(byte);
  return EntityIndexKey{.index = index, .entity = {kind, number}, .place = number_at(key, 2 + number_size)};
}

std::optional<MerklePlace> merkle_place_from(std::string_view key) {
  if (key.size() != 1 + kNumberSize) return std::nullopt;
  return MerklePlace{.level = static_cast<std::uint8_t>(key[0]), .index = number_at(key, 1)};
}

std::string merkle_key(std::uint8_t level, std::uint64_t index) {
  std::string key(1, static_cast<char>(level));
  put_number(key, index);
  return key;
}

std::string merkle_value(const MerkleValue& value) {
  std::string bytes;
  put_hash(bytes, value.hash);
  put_number(bytes, value.end.value());
  return bytes;
}

std::optional<MerkleValue> merkle_value_from(std::string_view bytes) {
  if (bytes.size() != kHashSize + kNumberSize) return std::nullopt;
  return MerkleValue{.hash = hash_at(bytes, 0), .end = Position{number_at(bytes, kHashSize)}};
}

std::string archive_key(Position first) {
  std::string key(1, kArchiveFiles);
  put_number(key, first.value());
  return key;
}

std::string archive_value(const ArchivedStretch& stretch) {
  std::string bytes;
  put_number(bytes, stretch.first.record);
  put_number(bytes, stretch.behind.record);
  put_number(bytes, stretch.behind.position.value());
  put_hash(bytes, stretch.root);
  return bytes;
}

std::optional<ArchivedStretch> archived_stretch_from(std::string_view key, std::string_view value) {
  const auto first = place_from(key, std::string_view(&kArchiveFiles, 1));
  if (!first || value.size() != 3 * kNumberSize + kHashSize) return std::nullopt;
  return ArchivedStretch{.first = {.record = number_at(value, 0), .position = Position{*first}},
                         .behind = {.record = number_at(value, kNumberSize),
                                    .position = Position{number_at(value, 2 * kNumberSize)}},
                         .root = hash_at(value, 3 * kNumberSize)};
}

std::string_view ledger_id_key() { return {&kLedgerId, 1}; }

std::string ledger_id_value(const boost::uuids::uuid& id) { return {id.begin(), id.end()}; }

std::optional<boost::uuids::uuid> ledger_id_from(std::string_view value) {
  boost::uuids::uuid id{};
  if (value.size() != id.size()) return std::nullopt;
  std::copy(value.begin(), value.end(), id.begin());
  return id;
}

std::string_view open_append_key() { return {&kOpenAppend, 1}; }

std::string open_append_value(const OpenAppend& open) {
  std::string bytes;
  put_number(bytes, open.records_before);
  put_number(bytes, open.after.value());
  put_number(bytes, open.records);
  put_hash(bytes, open.checksum);
  return bytes;
}

std::optional<OpenAppend> open_append_from(std::string_view value) {
  if (value.size() != 3 * kNumberSize + kHashSize) return std::nullopt;
  return OpenAppend{.records_before = number_at(value, 0),
                    .after = Position{number_at(value, kNumberSize)},
                    .records = number_at(value, 2 * kNumberSize),
                    .checksum = hash_at(value, 3 * kNumberSize)};
}

std::string_view repair_key() { return {&kRepair, 1}; }

std::string idempotency_value(const IdempotencyEntry& entry) {
  std::string bytes;
  put_number(bytes, entry.first.value());
  put_number(bytes, entry.last.value());
  put_hash(bytes, entry.command_digest);
  return bytes;
}

std::optional<IdempotencyEntry> idempotency_from(std::string_view bytes) {
  if (bytes.size() != 2 * kNumberSize + kHashSize) return std::nullopt;
  return IdempotencyEntry{.first = Position{number_at(bytes, 0)},
                          .last = Position{number_at(bytes, kNumberSize)},
                          .command_digest = hash_at(bytes, 2 * kNumberSize)};
}

}  // namespace keyledger::ledger
