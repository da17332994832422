// Verifies the indexes of a log: reads the log once, and compares everything that is derived from the
// records.
#pragma once

#include "ledger/event_log.h"
#include "ledger/index_check.h"
#include "tools/output/progress_bar.h"

namespace keyledger::tools::offline {

struct VerifiedLog {
  ledger::LogEnd end;
  ledger::IndexChecked index;
};

// Reads all records of the log and passes them to `check`, which must be a new check of this log. Corruption
// is an Error with its position; a difference of the indexes is part of the outcome.
ledger::Result<VerifiedLog> verify_log(const ledger::Log& log, ledger::IndexCheck& check,
                                       output::ProgressBar& progress);

}  // namespace keyledger::tools::offline
