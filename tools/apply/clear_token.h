// Replaces a token in clear by its digest, before anything else looks at an entry.
//
// {"command": "key.import", "token": "…"} is for tokens that another system stored in clear. Only the digest
// goes on: into the plan, into what --dry-run shows, and over the wire. Pure; any thread.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>

namespace keyledger::tools::apply {

// If the entry is a key.import with a token, replaces the field "token" by "scheme" and "digest", and
// overwrites the token. Returns the mistake, without the token, if the token cannot be one, or if the entry
// has a digest, too. The scheme is SHA-256 unless the entry names another one.
std::optional<std::string> hash_clear_token(boost::json::object& entry);

}  // namespace keyledger::tools::apply
