#include "tools/fold_log.h"

namespace keyledger::tools {

ledger::Result<projections::State> fold_log(const ledger::EventLog& log, const projections::FoldLimit& limit,
                                            ProgressBar& progress) {
  constexpr std::size_t kRecordsPerStep = 4'096;
  auto cursor = log.read(ledger::Position{1});
  if (!cursor) return cursor.error();
  projections::State state;
  for (;;) {
    const auto step = fold_some(**cursor, limit, kRecordsPerStep, state);
    if (!step) return step.error();
    if (*step == projections::FoldProgress::kDone) return state;
    progress.update(state.position().value());
  }
}

}  // namespace keyledger::tools
