// The index of events by entity: which records have an event about it. Internal to ledger/rocks/.
//
// A record that is about few entities has a row for each of them. One that is about very many, as those of an
// import are, has a row for each 256 numbers of a kind, with a bit for each of them: a row apiece was most of
// what an import made everybody else wait for.
//
// Rows, in the family `entities` (numbers big-endian):
//   0x01, kind u8, number u64, position u64        -> nothing
//   0x04, kind u8, number / 256 u64, position u64  -> 32 bytes: bit n % 8 of byte n / 8 for number % 256 = n
// where `position` is that of the record's first event. Uses are indexed otherwise
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

// Calls `put` with key and value of each row that a record at `position` needs. `entities` ascend.
void make_entity_rows(std::span<const EntityRef> entities, Position position,
                      const std::function<void(std::string_view key, std::string_view value)>& put);

// Adds the records from `from` on, which is where a record begins, with an event about the entity.
// kCorruptDatabase.
Result<void> gather_events(rocksdb::Iterator& rows, const EntityRef& entity, Position from,
                           std::vector<Stretch>& stretches);

}  // namespace keyledger::ledger
