// CatalogMaker: makes the second half of a daemon's state, which commands and lists need and verdicts do not.
//
// From the snapshot that the hot half was read from and the log behind it; from an older one, or from the
// first event of the log, if that part of the snapshot cannot be believed, with a warning. Owned by whoever
// starts the daemon, and outlives it. make() is called once, by any thread, beside a log that grows; what is
// asked of it afterwards is asked when that thread has ended.
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

  // kStopping if a stop is requested meanwhile. Corruption of the log is an Error with its position;
  // kStateDiffers if what the log tells is not what the hot half knows; kCannotRead if there is no memory.
  ledger::Result<projections::Catalog> make(const std::stop_token& stop);

  // The snapshot has no catalog that can be believed: there must be another.
  bool has_passed_over() const { return has_passed_over_; }

 private:
  ledger::Result<projections::Catalog> fold(const std::stop_token& stop);

  Parts parts_;
  bool has_passed_over_ = false;
};

}  // namespace keyledger::tools::daemon
