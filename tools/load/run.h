// A load: sends prepared requests over many connections on one thread, and measures the time of each answer.
//
// A closed loop keeps `depth` requests in flight on each connection; the latency of a request runs from the
// write of the request to the read of the answer. In an open loop, requests are due at the moments of a
// schedule, independent of the server; the latency runs from the moment at which the request was due, so that
// a stalled server is charged for everybody who would have waited (no coordinated omission).
//
// On each connection, answers come in the order of the questions.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "ledger/values/error.h"
#include "net/endpoint.h"
#include "tools/load/draw.h"
#include "tools/load/histogram.h"
#include "tools/load/protocol.h"

namespace keyledger::tools::load {

// When a closed loop sends the next requests.
enum class Pipelining : std::uint8_t {
  kRounds,   // `depth` requests in one write, and the next when all are answered, as redis-benchmark -P does
  kSliding,  // as many new ones as answers have come
};

struct LoadPlan {
  net::Endpoint endpoint;
  QuestionForm form;
  WantedAnswer wanted = WantedAnswer::kAllowed;
  std::size_t connections = 50;
  std::size_t depth = 1;
  Pipelining pipelining = Pipelining::kRounds;
  std::optional<ArrivalSchedule> schedule;  // an open loop; depth does not count then
  std::chrono::nanoseconds warm_up{0};      // of the load, before it is measured
  std::chrono::nanoseconds duration{std::chrono::seconds(1)};
};

struct LoadResult {
  std::uint64_t answers = 0;     // verdicts, all that came
  std::uint64_t wrong = 0;       // of those
  std::uint64_t unanswered = 0;  // requests, after a patience of kPatience behind the end
  double per_second = 0;         // verdicts while it was measured
  double requests_per_second = 0;
  LatencyHistogram latencies;  // of requests that began, or were due, while it was measured
  LatencyHistogram lags;       // open loop: how much later than due a request left, by this program's fault
  double busy = 0;             // this process's share of a processor: near 1, it is what is measured
};

constexpr std::chrono::seconds kPatience{10};

// Sends the requests one after the other over all connections in turn, and begins again after the last.
// kCannotConnect, kDisconnected.
ledger::Result<LoadResult> run_load(const LoadPlan& plan, const PreparedRequests& requests);

}  // namespace keyledger::tools::load
