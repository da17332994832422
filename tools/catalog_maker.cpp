#include "tools/catalog_maker.h"

#include <utility>

#include "projections/state.h"

namespace keyledger::tools {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every state
using projections::Catalog;
using projections::FoldProgress;

Result<Catalog> CatalogMaker::make(const std::atomic<bool>& stopping) {
  constexpr std::size_t kRecordsPerStep = 1'024;
  Position from = parts_.start.snapshot->identity().position.next();
  auto read = read_catalog(parts_.start, parts_.hash_key, stopping, parts_.warn);
  parts_.start.snapshot.reset();
  if (!read && !stopping) {
    has_passed_over_ = true;
    from = Position{1};
  }
  Catalog catalog = read ? std::move(*read) : Catalog(parts_.hash_key);
  const auto cursor = parts_.ledger.log().read(from);
  if (!cursor) return cursor.error();
  for (auto progress = FoldProgress::kMore; progress == FoldProgress::kMore;) {
    if (stopping) return Error{ErrorCode::kStopping, ""};
    const auto step = fold_some(**cursor, {.position = parts_.head}, kRecordsPerStep, catalog);
    if (!step) return step.error();
    progress = *step;
  }
  return catalog;
}

}  // namespace keyledger::tools
