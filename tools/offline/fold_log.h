// Folds a log with a progress bar, for the start of a daemon and for reading a ledger without a daemon.
#pragma once

#include <functional>

#include "ledger/event_log.h"
#include "projections/state.h"
#include "tools/output/progress_bar.h"

namespace keyledger::tools::offline {

// Returns the state up to `limit`, folded from `start` and the records after `start`. Corruption is an Error
// with its position.
ledger::Result<projections::State> fold_log(const ledger::Log& log, const projections::FoldLimit& limit,
                                            output::ProgressBar& progress, projections::State start = {});
// Does this for the hot half of a state alone.
ledger::Result<projections::Access> fold_log(const ledger::Log& log, const projections::FoldLimit& limit,
                                             output::ProgressBar& progress, projections::Access start);

}  // namespace keyledger::tools::offline
