// Folding a log, with a progress bar: how a daemon starts, how a ledger is read offline, and what
// replay is.
#pragma once

#include <functional>

#include "ledger/event_log.h"
#include "projections/state.h"
#include "tools/output/progress_bar.h"

namespace keyledger::tools::offline {

// The state as far as `limit`, from what is behind `start` on. Corruption is an Error with its position.
ledger::Result<projections::State> fold_log(const ledger::Log& log, const projections::FoldLimit& limit,
                                            output::ProgressBar& progress, projections::State start = {});
// The same of the hot half alone.
ledger::Result<projections::Access> fold_log(const ledger::Log& log, const projections::FoldLimit& limit,
                                             output::ProgressBar& progress, projections::Access start);

}  // namespace keyledger::tools::offline
