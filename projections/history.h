// History: records made readable. One row for each event, and for each use in a block of uses, with the names
// that the entities have in the catalog.
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
  std::string event;  // the event's name; KeyUsed or UseDenied for one use of a block
  std::string actor;
  std::string origin;
  std::string reason;   // the operator's, or why a use was denied
  std::string account;  // the rest as far as the event has it
  std::string username;
  std::string key_id;
  std::string key_name;
  std::string client_id;
  std::string client_name;
  std::string address;
  std::vector<std::pair<std::string, std::string>> details;  // what is particular to the event, by field name

  friend bool operator==(const HistoryRow&, const HistoryRow&) = default;
};

// What is asked for. Times are of the events, uses by their own.
struct HistoryFilter {
  std::vector<ledger::EntityRef> entities;  // empty: every entity
  ledger::UsesInHistory uses = ledger::UsesInHistory::kLeaveOut;
  std::optional<ledger::Timestamp> since;  // first moment shown
  std::optional<ledger::Timestamp> until;  // last moment shown
};

// An entity with those that belong to it: a user with his keys, an account with its clients and keys. Its
// history is the history of them all.
std::vector<ledger::EntityRef> with_belongings(const Catalog& catalog, const ledger::EntityRef& entity);

// Appends the rows of `record` that pass the filter. `entities` of the filter are sorted. The catalog knows
// every entity of the record (ENSURE).
void append_rows(const Catalog& catalog, const ledger::Record& record, const HistoryFilter& filter,
                 std::vector<HistoryRow>& rows);

}  // namespace keyledger::projections
