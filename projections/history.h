// History: records made readable. Each event, and each use in a block of uses, becomes a row. Rows contain
// the entities' names from the catalog.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ledger/event_log.h"
#include "projections/catalog.h"

namespace keyledger::projections {

struct HistoryRow {
  ledger::Position position;
  ledger::Timestamp time;
  std::string event;  // the event's name; for a use in a block, KeyUsed or UseDenied
  std::string actor;
  std::string origin;
  std::string reason;   // the operator's reason, or why a use was denied
  std::string account;  // from here on, fields without a value in the event are empty
  std::string username;
  std::string key_id;
  std::string key_name;
  std::string client_id;
  std::string client_name;
  std::string address;
  std::vector<std::pair<std::string, std::string>> details;  // fields particular to the event, by field name

  friend bool operator==(const HistoryRow&, const HistoryRow&) = default;
};

// Selects rows. Events have the time of their record; uses have their own time.
struct HistoryFilter {
  std::vector<ledger::EntityRef> entities;  // empty: every entity
  ledger::UsesInHistory uses = ledger::UsesInHistory::kLeaveOut;
  std::optional<ledger::Timestamp> since;  // first moment shown
  std::optional<ledger::Timestamp> until;  // last moment shown
};

// Returns an entity with its belongings: a user with the user's keys, an account with all clients and keys.
// The entity's history is the history of all of them.
std::vector<ledger::EntityRef> with_belongings(const Catalog& catalog, const ledger::EntityRef& entity);

// Appends the rows of `record` that pass the filter. `filter.entities` must be sorted. The catalog must know
// every entity of the record (ENSURE).
void append_rows(const Catalog& catalog, const ledger::Record& record, const HistoryFilter& filter,
                 std::vector<HistoryRow>& rows);

}  // namespace keyledger::projections
