// A crowd: many connections that stay open and ask a question each, to show how a daemon treats connections
// beyond the limit. Another function waits for a daemon that is about to start.
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

// Opens the connections one after the other, and keeps all answered ones open until the end. kCannotConnect
// if even the first connection has no answer.
ledger::Result<CrowdResult> gather_crowd(const net::Endpoint& endpoint, std::size_t connections,
                                         int patience_ms);

// Connects as soon as possible, and asks about the token until the answer is "allowed". Returns false if the
// answer takes longer than `patience`.
bool wait_for_verdict(const net::Endpoint& endpoint, std::string_view token, std::chrono::seconds patience);

}  // namespace keyledger::tools::load
