// The index of events by entity: the records with an event about an entity. Internal to ledger/rocks/.
//
// A record about few entities has a row for each entity. A record about very many entities, as an import
// makes them, has a row for each 256 numbers of a kind, with a bit for each number, because writing a row for
// each entity would be most of the time that an import makes other commands wait.
//
// Rows, in the family `entities` (numbers big-endian):
//   0x01, kind u8, number u64, position u64        -> nothing
//   0x04, kind u8, number / 256 u64, position u64  -> 32 bytes: bit n % 8 of byte n / 8 for number % 256 = n
// `position` is the position of the record's first event. Uses have an index of their own
// (ledger/rocks/use_index.h).
#pragma once

#include <rocksdb/iterator.h>

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/event_log.h"
#include "ledger/rocks/use_index.h"
#include "ledger/values/error.h"

namespace keyledger::ledger {

// Calls `put` with key and value of each row for a record at `position` about `entities`. The entities must
// ascend.
void make_entity_rows(std::span<const EntityRef> entities, Position position,
                      const std::function<void(std::string_view key, std::string_view value)>& put);

// Calls `number` with each number in the value of row `row` of many entities. Returns false if the value has
// another size.
bool each_number_in(std::string_view value, std::uint64_t row,
                    const std::function<void(std::uint64_t number)>& number);

// Adds the positions of the records with an event about the entity, from `from` on. A record must begin at
// `from`. Fails with kCorruptDatabase or kCannotOpen.
Result<void> gather_events(rocksdb::Iterator& rows, const EntityRef& entity, Position from,
                           std::vector<Stretch>& stretches);

}  // namespace keyledger::ledger
