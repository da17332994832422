// JSON that is taken at its word: a name that stands twice in one object is a mistake, not the last of
// the two. Pure; any thread.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "ledger/values/error.h"

namespace keyledger::net {

// One value of RFC 8259 in UTF-8, nothing after it, at most 32 levels deep; else what is wrong with it.
ledger::Result<boost::json::value, std::string> parse_strict_json(std::string_view text);

}  // namespace keyledger::net
