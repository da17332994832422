// Commands as JSON objects, as `keyledger apply` reads them: an object for each line or document.
//
//   {"command": "key.create", "account": "1234-5678-9012", "username": "alice", "name": "production"}
//
// A command has the name of its noun and verb on the command line; docs/cli.md has the fields of each
// command. Reading is strict: an unknown name, field or value is a mistake. Pure; any thread.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/values/error.h"
#include "ledger/values/timestamp.h"
#include "net/service/messages.h"

namespace keyledger::net {

// The names of all commands, in the order of the documentation.
const std::vector<std::string_view>& command_names();

// Returns the command of an object with the field "command", or every mistake of the object in one line.
// Relative times ("+90d") are counted from `now`.
ledger::Result<net::RunCommand, std::string> command_of(const boost::json::object& object,
                                                        ledger::Timestamp now);

}  // namespace keyledger::net
