// Rows as JSON objects, with the field names that docs/cli.md documents.
#pragma once

#include <boost/json/object.hpp>
#include <vector>

#include "net/service/messages.h"
#include "projections/history.h"
#include "projections/rows.h"

namespace keyledger::net {

boost::json::object json_of(const projections::Row& row);
boost::json::object json_of(const projections::HistoryRow& row);
boost::json::object json_of(const net::VerdictAnswer& verdict);
boost::json::object json_of(const net::ActiveKeyAnswer& answer);
boost::json::object json_of(const net::Stats& stats);

// The field "type" of a row of a state: "account", "user", "client", "key".
std::string_view type_of(const projections::Row& row);

}  // namespace keyledger::net
