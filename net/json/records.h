// The records of an export as commands that take them back: one object each, as a line of JSON.
//
//   {"record": "account", "account": "1234-5678-9012", "name": "Example", "closed": false}
//
// docs/cli.md has the fields of each record; export_json.h writes them. Strict and pure, like
// command_json.h.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "ledger/values/error.h"
#include "ledger/values/timestamp.h"
#include "net/service/messages.h"

namespace keyledger::net {

class FieldReader;

// What an object with the field "record" asks for (ImportKeys of one object, ChangePolicy of the
// policy), or everything that is wrong with it in one line.
ledger::Result<net::RunCommand, std::string> record_of(const boost::json::object& object,
                                                       ledger::Timestamp now);

// The fields of a policy, each of which may be missing.
commands::ChangePolicy policy_change_of(FieldReader& fields);

}  // namespace keyledger::net
