#include "tools/daemon/catalog_maker.h"

#include <new>
#include <utility>

#include "projections/state.h"

namespace keyledger::tools::daemon {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every state
using projections::Catalog;
using projections::FoldProgress;

// It runs beside verdicts, which go on without it.
Result<Catalog> CatalogMaker::make(const std::atomic<bool>& stopping) {
  try {
    return fold(stopping);
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kCannotRead, "there is not enough memory for the catalog"};
  }
}

Result<Catalog> CatalogMaker::fold(const std::atomic<bool>& stopping) {
  constexpr std::size_t kRecordsPerStep = 1'024;
  const Position newest = parts_.start.snapshot->identity().position;
  auto start = read_catalog(parts_.ledger, parts_.start, parts_.hash_key, stopping, parts_.warn);
  parts_.start.snapshot.reset();
  if (!start) return Error{ErrorCode::kStopping, ""};
  has_passed_over_ = start->position != newest;
  const auto cursor = parts_.ledger.log().read(start->position.next());
  if (!cursor) return cursor.error();
  for (auto progress = FoldProgress::kMore; progress == FoldProgress::kMore;) {
    if (stopping) return Error{ErrorCode::kStopping, ""};
    const auto step = fold_some(**cursor, {.position = parts_.head}, kRecordsPerStep, start->catalog);
    if (!step) return step.error();
    progress = *step;
  }
  if (offline::counts_of(start->catalog) != parts_.counts) {
    return Error{ErrorCode::kStateDiffers,
                 "the snapshot that the verdicts are based on does not belong to this log"};
  }
  return std::move(start->catalog);
}

}  // namespace keyledger::tools::daemon
