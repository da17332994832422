// Reads the records of an export as commands. A record is a JSON object on a line of its own.
//
//   {"record": "account", "account": "1234-5678-9012", "name": "Example", "closed": false}
//
// docs/cli.md has the fields of each record; net/json/export.h writes the records. Strict and pure, like
// net/json/commands.h.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "ledger/values/error.h"
#include "ledger/values/timestamp.h"
#include "net/service/messages.h"

namespace keyledger::net {

class FieldReader;

// Returns the command of an object with the field "record", or every mistake of the object in one line. The
// command is an ImportKeys with the policy or with a single object.
ledger::Result<net::RunCommand, std::string> record_of(const boost::json::object& object,
                                                       ledger::Timestamp now);

// Reads the fields of a policy. Each field may be missing.
commands::ChangePolicy policy_change_of(FieldReader& fields);

}  // namespace keyledger::net
