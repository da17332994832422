// A closed loop of requests over many connections, on one thread: each connection sends `depth` requests in
// one write, waits for all their answers, and begins anew. Latency is from the write to the last answer.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "ledger/error.h"
#include "net/endpoint.h"
#include "tools/load_protocol.h"

namespace keyledger::tools {

struct LoadPlan {
  net::Endpoint endpoint;
  LoadProtocol protocol{};
  std::size_t connections = 50;
  std::size_t depth = 1;
  std::chrono::milliseconds duration{1'000};
};

struct LoadResult {
  std::uint64_t answers = 0;
  std::uint64_t wrong = 0;
  double seconds = 0;
  double p50_us = 0;
  double p99_us = 0;
};

// kCannotConnect, kDisconnected. `requests` is not empty; they are sent in an order that is the same for
// every run.
ledger::Result<LoadResult> run_load(const LoadPlan& plan, const std::vector<std::string>& requests);

}  // namespace keyledger::tools
