// A crowd: many connections that stay open, each of which asks one question. Shows what becomes of those
// beyond a daemon's limit. And the first of all: who waits for a daemon to be there.
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

#include "ledger/values/error.h"
#include "net/endpoint.h"

namespace keyledger::tools::load {

struct CrowdResult {
  std::size_t answered = 0;
  std::size_t refused = 0;  // the connection was not made, or closed, or told that it is one too many
  std::size_t silent = 0;   // neither within the patience
};

// One after the other; all that were answered stay open until the end. kCannotConnect if not even the first
// is answered.
ledger::Result<CrowdResult> gather_crowd(const net::Endpoint& endpoint, std::size_t connections,
                                         int patience_ms);

// Connects as soon as it can, and asks about the token until it is allowed; false if that takes longer than
// `patience`.
bool wait_for_verdict(const net::Endpoint& endpoint, std::string_view token, std::chrono::seconds patience);

}  // namespace keyledger::tools::load
