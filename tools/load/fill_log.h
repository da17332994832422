// Fills a log with keys and uses like a busy ledger, for measurements of size and replay.
//
// Uses fall on the keys by Zipf's law with exponent 1, and a key's number says nothing about the key's rank.
// The gaps between uses are exponential, in whole microseconds. Each use names the client of the key and one
// of sixteen gateways. Everything follows from the seed.
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

// Appends to an empty log: an account with a user, the clients, the keys (each with a record of its own and
// assigned to a client), and then the uses. Errors are those of appending.
ledger::Result<void> fill_log(ledger::Log& log, const FillPlan& plan, output::ProgressBar& progress);

}  // namespace keyledger::tools::load
