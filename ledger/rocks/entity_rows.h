// The rows of the family `entities`, read in their order. Internal to ledger/rocks/.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/event_log.h"
#include "ledger/rocks/store.h"

namespace keyledger::ledger {

// An entity, and the position of the first event of a record about the entity.
struct EntityPlace {
  EntityRef entity;
  Position record;

  friend auto operator<=>(const EntityPlace&, const EntityPlace&) = default;
};

// A row of any of the indexes of entities (ledger/rocks/log.h).
struct EntityRow {
  std::string key;
  std::string value;
  bool is_sound = true;                      // false if key or value have no known form
  std::vector<EntityPlace> places;           // of a row of the index of events
  std::optional<std::uint64_t> use_segment;  // of a row of the index of uses
};

// Calls `each` with every row. Fails with the errors of reading.
Result<void> each_entity_row(const RocksStore& store, const std::function<void(const EntityRow&)>& each);

// Returns the name of a kind of entities, in lower case.
std::string_view name_of(EntityRef::Kind kind);

}  // namespace keyledger::ledger
