// Strict JSON: an object that has a name twice is a mistake. Pure; any thread.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "ledger/values/error.h"

namespace keyledger::net {

// Parses a single value of RFC 8259 in UTF-8, at most 32 levels deep, with nothing after the value. Returns
// the mistake if the text is anything else.
ledger::Result<boost::json::value, std::string> parse_strict_json(std::string_view text);

}  // namespace keyledger::net
