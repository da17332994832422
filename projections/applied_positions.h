// AppliedPositions: the position up to which every event has been applied.
//
// The live state applies a block of uses as soon as the block is written, while a command appended just
// before the block still waits for its sync. Events therefore arrive in order except for gaps, and a verdict
// must name the position before the first gap. Value; one thread at a time.
#pragma once

#include <vector>

#include "ledger/values/position.h"

namespace keyledger::projections {

class AppliedPositions {
 public:
  // Adds the events at positions `first` to `last`. Returns false if any of them was added before.
  bool add(ledger::Position first, ledger::Position last);

  // Returns the last position before the first gap: every event up to there was added.
  ledger::Position complete() const { return complete_; }

 private:
  struct Range {
    ledger::Position first;
    ledger::Position last;
  };

  ledger::Position complete_;
  std::vector<Range> beyond_;  // ascending; after the first gap
};

}  // namespace keyledger::projections
