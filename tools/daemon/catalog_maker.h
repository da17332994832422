// CatalogMaker: makes the catalog, the second half of a daemon's state. Commands and lists need the catalog,
// verdicts do not.
//
// The maker reads the catalog from the same snapshot as the hot half, and folds the records after the
// snapshot. If the catalog in the snapshot is damaged, the maker warns, and begins with an older snapshot or
// with the first event of the log. The program that starts the daemon owns the maker, and the maker outlives
// the daemon. One thread calls make() once, beside a log that grows; other functions are called after this
// thread has ended.
#pragma once

#include <stop_token>

#include "ledger/disk/directory.h"
#include "projections/catalog.h"
#include "tools/offline/snapshots.h"

namespace keyledger::tools::daemon {

class CatalogMaker {
 public:
  struct Parts {
    ledger::LedgerDirectory& ledger;
    offline::HotStart start;       // with a snapshot; its access is of no concern
    ledger::Position head;         // the catalog is as of here; no command was appended since then
    offline::EntityCounts counts;  // of the hot half there
    projections::HashKey hash_key;
    offline::Warn warn;
  };

  explicit CatalogMaker(Parts parts) : parts_(std::move(parts)) {}

  // Returns kStopping if a stop is requested meanwhile. Corruption of the log is an Error with the position;
  // kStateDiffers if the log does not agree with the hot half; kCannotRead if there is not enough memory.
  ledger::Result<projections::Catalog> make(const std::stop_token& stop);

  // Returns true if the catalog in the snapshot could not be used, so that a new snapshot is needed.
  bool has_passed_over() const { return has_passed_over_; }

 private:
  ledger::Result<projections::Catalog> fold(const std::stop_token& stop);

  Parts parts_;
  bool has_passed_over_ = false;
};

}  // namespace keyledger::tools::daemon
