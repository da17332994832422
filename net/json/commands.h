// Commands as JSON objects: one line or document of what `keyledger apply` reads.
//
//   {"command": "key.create", "account": "1234-5678-9012", "username": "alice", "name": "production"}
//
// The names are those of the command line, NOUN.VERB; docs/cli.md has the fields of each. Strict: a
// name, a field or a value that is not understood is a mistake. Pure; any thread.
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

// What an object with the field "command" asks for, or everything that is wrong with it in one line.
// `now` is what relative times ("+90d") are counted from.
ledger::Result<net::RunCommand, std::string> command_of(const boost::json::object& object,
                                                        ledger::Timestamp now);

}  // namespace keyledger::net
