// Lookup: finds the entity that a text names, for questions about a single entity. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ledger/event_log.h"
#include "ledger/values/error.h"
#include "projections/catalog.h"
#include "projections/rows.h"

namespace keyledger::projections {

// Finds an account by number, a user by username, a client by client_id, NAME or ACCOUNT/NAME, or a key by
// key_id, NAME or OWNER/NAME. Returns a refusal if no entity matches, or more than one.
ledger::Result<ledger::EntityRef, ledger::Refusal> look_up(const Catalog& catalog,
                                                           ledger::EntityRef::Kind kind,
                                                           const std::string& text);

// row_kind_of() and entity_kind_of() translate between an entity's kind and its kind of rows; place_of()
// returns the entity's place among these rows.
RowKind row_kind_of(ledger::EntityRef::Kind kind);
ledger::EntityRef::Kind entity_kind_of(RowKind kind);
std::size_t place_of(const Catalog& catalog, const ledger::EntityRef& entity);

}  // namespace keyledger::projections
