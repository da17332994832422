#include "tools/offline/fold_log.h"

#include <utility>

namespace keyledger::tools::offline {

namespace {

template <typename Fold>
ledger::Result<Fold> fold_behind(const ledger::Log& log, const projections::FoldLimit& limit,
                                 output::ProgressBar& progress, Fold fold) {
  const projections::FoldWatch watch{
      .folded = [&](ledger::Position position) { progress.update(position.value()); }};
  const ledger::Position after = fold.position();
  const auto folded = projections::fold_log(log, after, limit, fold, watch);
  if (!folded) return folded.error();
  return fold;
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
