// Filling a log with keys and uses as a busy ledger would have them, for measurements of size and replay.
//
// Uses fall on the keys by Zipf's law with exponent 1, a key's number saying nothing of its rank; the gaps
// between them are exponential, in whole microseconds; each names the client that its key is assigned to and
// one of sixteen gateways. Everything follows from the seed.
#pragma once

#include <cstdint>

#include "ledger/event_log.h"
#include "tools/output/progress_bar.h"

namespace keyledger::tools::load {

struct FillPlan {
  std::uint32_t keys = 10'000;
  std::uint32_t clients = 100;
  std::uint64_t uses = 1'000'000;
  std::size_t uses_per_block = 50;    // at most kUsesPerNewBlockMax
  double uses_per_second = 20'000.0;  // on the clock of the records
  std::uint64_t seed = 1;
};

// Appends to an empty log: an account with a user, the clients, the keys, each by a record of its own and
// assigned to a client, and then the uses. The errors are those of appending.
ledger::Result<void> fill_log(ledger::Log& log, const FillPlan& plan, output::ProgressBar& progress);

}  // namespace keyledger::tools::load
