// Folds a log with a progress bar, when a daemon starts and when a ledger is read offline.
#pragma once

#include <functional>

#include "ledger/event_log.h"
#include "projections/state.h"
#include "tools/output/progress_bar.h"

namespace keyledger::tools::offline {

// Folds the events after `start`, up to `limit`. Corruption is an Error with the position.
ledger::Result<projections::State> fold_log(const ledger::EventLog& log, const projections::FoldLimit& limit,
                                            output::ProgressBar& progress, projections::State start = {});
// Folds the hot half of a state alone.
ledger::Result<projections::Access> fold_log(const ledger::EventLog& log, const projections::FoldLimit& limit,
                                             output::ProgressBar& progress, projections::Access start);

}  // namespace keyledger::tools::offline
