// Lookup: what a text names, for questions about one entity. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ledger/event_log.h"
#include "ledger/values/error.h"
#include "projections/catalog.h"
#include "projections/rows.h"

namespace keyledger::projections {

// An account by number, a user by username, a client by client_id, NAME or ACCOUNT/NAME, a key by key_id,
// NAME or OWNER/NAME. A refusal if there is none, or more than one.
ledger::Result<ledger::EntityRef, ledger::Refusal> look_up(const Catalog& catalog,
                                                           ledger::EntityRef::Kind kind,
                                                           const std::string& text);

// The kind of rows that shows an entity, and its place among them.
RowKind row_kind_of(ledger::EntityRef::Kind kind);
ledger::EntityRef::Kind entity_kind_of(RowKind kind);
std::size_t place_of(const Catalog& catalog, const ledger::EntityRef& entity);

}  // namespace keyledger::projections
