#include "ledger/rocks/entity_rows.h"

#include "ledger/rocks/entity_index.h"
#include "ledger/rocks/row_keys.h"

namespace keyledger::ledger {
namespace {

EntityRow row_from(std::string_view key, std::string_view value) {
  EntityRow row{.key = std::string(key), .value = std::string(value)};
  const auto parsed = entity_index_key_from(key);
  row.is_sound = parsed.has_value();
  if (!row.is_sound) return row;
  if (parsed->index == EntityIndex::kUses) row.use_segment = parsed->place;
  if (parsed->index == EntityIndex::kEvents) {
    row.is_sound = value.empty();
    row.places.push_back({parsed->entity, Position{parsed->place}});
  }
  if (parsed->index == EntityIndex::kCommonEvents) {
    row.is_sound = each_number_in(value, parsed->entity.number, [&](std::uint64_t number) {
      row.places.push_back({{parsed->entity.kind, number}, Position{parsed->place}});
    });
  }
  return row;
}

}  // namespace

Result<void> each_entity_row(const RocksStore& store, const std::function<void(const EntityRow&)>& each) {
  const auto rows = store.iterate(store.entities());
  for (rows->SeekToFirst(); rows->Valid(); rows->Next())
    each(row_from(rows->key().ToStringView(), rows->value().ToStringView()));
  if (!rows->status().ok()) return read_error(rows->status());
  return {};
}

std::string_view name_of(EntityRef::Kind kind) {
  switch (kind) {
    case EntityRef::Kind::kAccount:
      return "account";
    case EntityRef::Kind::kUser:
      return "user";
    case EntityRef::Kind::kClient:
      return "client";
    case EntityRef::Kind::kKey:
      return "key";
  }
  return "entity";
}

}  // namespace keyledger::ledger
