#include "tools/fold_log.h"

#include <utility>

namespace keyledger::tools {

ledger::Result<projections::State> fold_log(const ledger::EventLog& log, const projections::FoldLimit& limit,
                                            ProgressBar& progress, projections::State start) {
  constexpr std::size_t kRecordsPerStep = 4'096;
  projections::State state = std::move(start);
  auto cursor = log.read(state.position().next());
  if (!cursor) return cursor.error();
  for (;;) {
    const auto step = fold_some(**cursor, limit, kRecordsPerStep, state);
    if (!step) return step.error();
    if (*step == projections::FoldProgress::kDone) return state;
    progress.update(state.position().value());
  }
}

}  // namespace keyledger::tools
