#include "tools/daemon/catalog_maker.h"

#include <new>
#include <utility>

#include "projections/state.h"

namespace keyledger::tools::daemon {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every state
using projections::Catalog;
using projections::FoldProgress;

// The daemon goes on giving verdicts if the catalog does not fit into memory.
Result<Catalog> CatalogMaker::make(const std::stop_token& stop) {
  try {
    return fold(stop);
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kCannotRead, "there is not enough memory for the catalog"};
  }
}

Result<Catalog> CatalogMaker::fold(const std::stop_token& stop) {
  const Position newest = parts_.start.snapshot->identity().position;
  auto start = read_catalog(parts_.ledger, parts_.start, parts_.hash_key, stop, parts_.warn);
  parts_.start.snapshot.reset();
  if (!start) return Error{ErrorCode::kStopping, ""};
  has_passed_over_ = start->position != newest;
  const auto folded = fold_log(parts_.ledger.log(), start->position, {.position = parts_.head},
                               start->catalog, {.stop = stop});
  if (!folded) return folded.error();
  if (*folded == FoldProgress::kMore) return Error{ErrorCode::kStopping, ""};
  if (offline::counts_of(start->catalog) != parts_.counts) {
    return Error{ErrorCode::kStateDiffers,
                 "the snapshot that the verdicts are based on does not belong to this log"};
  }
  return std::move(start->catalog);
}

}  // namespace keyledger::tools::daemon
