// The identity of a snapshot in a test.
#pragma once

#include "ledger/disk/snapshot_file.h"
#include "tests/ledger/examples.h"

namespace keyledger::ledger::examples {

inline SnapshotIdentity snapshot_at(std::uint64_t position) {
  return {.ledger_id = uuid(3),
          .layout = 5,
          .definition = 2,
          .position = Position{position},
          .records = 4,
          .time = Timestamp{7},
          .root = {9}};
}

}  // namespace keyledger::ledger::examples
