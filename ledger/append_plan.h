// AppendPlan: what one append adds to a log, worked out before anything is written. Shared by the logs, so
// that both number, encode and hash alike. Internal to ledger/. Pure; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ledger/event_log.h"
#include "ledger/merkle.h"

namespace keyledger::ledger {

struct AppendPlan {
  struct Leaf {
    std::vector<std::uint8_t> bytes;
    std::vector<MerkleNode> completed;  // by this record, itself included
  };

  std::vector<Leaf> leaves;  // one for each record
  // One entry for each id, over all the records of the append that carry it: a big import is several.
  std::vector<std::pair<std::string, IdempotencyEntry>> idempotent;
  MerkleFrontier frontier;  // afterwards
  LogHead head;             // afterwards
};

// Gives the records their index and position, behind `head`.
AppendPlan plan_append(const LogHead& head, const MerkleFrontier& frontier, std::span<Record> records);

// True if the record concerns one of the entities, which are sorted; without uses, by an event that is not a
// block of uses.
bool is_in_history(const Record& record, std::span<const EntityRef> entities, UsesInHistory uses);

}  // namespace keyledger::ledger
