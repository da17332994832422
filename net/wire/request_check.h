// Compares a request with the schema before the request is decoded (docs/decisions/0029).
//
// Cap'n Proto skips what a reader does not know. A request must not lose a restriction in this way, so a
// request is refused if any bit that is not zero belongs to no field that this program reads. Internal to
// net/wire/. Any thread.
#pragma once

#include <capnp/message.h>

#include <optional>
#include <string>
#include <vector>

#include "ledger/values/error.h"

namespace keyledger::net {

// Returns why the request must be refused: kNotSupported for content that the schema does not know, kTooLarge
// for a text or a list beyond its bound in the schema, kInputInvalid for a value without the flag that
// belongs to the value, kProtocol for a list of another kind. Returns nothing if the request can be decoded.
// Throws kj::Exception if the message is damaged.
std::optional<ledger::Error> find_fault(capnp::MessageReader& request);

// Returns the texts, data and lists of requests that have no bound in the schema, such as "Question.token".
std::vector<std::string> fields_without_bound();

}  // namespace keyledger::net
