#include "tools/offline/fold_log.h"

#include <utility>

namespace keyledger::tools::offline {

namespace {

template <typename Fold>
ledger::Result<Fold> fold_behind(const ledger::Log& log, const projections::FoldLimit& limit,
                                 output::ProgressBar& progress, Fold fold) {
  constexpr std::size_t kRecordsPerStep = 4'096;
  auto cursor = log.read(fold.position().next());
  if (!cursor) return cursor.error();
  for (;;) {
    const auto step = fold_some(**cursor, limit, kRecordsPerStep, fold);
    if (!step) return step.error();
    if (*step == projections::FoldProgress::kDone) return fold;
    progress.update(fold.position().value());
  }
}

}  // namespace

ledger::Result<projections::State> fold_log(const ledger::Log& log, const projections::FoldLimit& limit,
                                            output::ProgressBar& progress, projections::State start) {
  return fold_behind(log, limit, progress, std::move(start));
}

ledger::Result<projections::Access> fold_log(const ledger::Log& log, const projections::FoldLimit& limit,
                                             output::ProgressBar& progress, projections::Access start) {
  return fold_behind(log, limit, progress, std::move(start));
}

}  // namespace keyledger::tools::offline
