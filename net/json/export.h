// Turns the rows of a ledger into records. `keyledger export` writes the records, and `keyledger apply` reads
// them back.
//
// A record has everything that a verdict depends on, and nothing that is counted or derived. A removed client
// has no record, because the name is free and no key is assigned. A client that is public although keys are
// assigned is `opened`, because an assignment would close the client. No record has a secret, but keys have
// digests, and anyone with a digest can try guesses against the digest. Pure; any thread.
#pragma once

#include <boost/json/object.hpp>
#include <optional>

#include "projections/rows.h"

namespace keyledger::net {

// Returns the record of a row; nothing for a removed client. The rows of an export come in the order policy,
// accounts, users, clients, keys.
std::optional<boost::json::object> export_record_of(const projections::Row& row);

}  // namespace keyledger::net
