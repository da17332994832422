// AppliedPositions: up to which position every event has been applied.
//
// The live state applies a block of uses as soon as it is written, while a command appended just before it
// waits for its sync. So events arrive in order but for such gaps, and a verdict may only name the position
// before the first gap. Value; one thread at a time.
#pragma once

#include <vector>

#include "ledger/values/position.h"

namespace keyledger::projections {

class AppliedPositions {
 public:
  // The events at positions `first` to `last`, none of which was added before; false if one was.
  bool add(ledger::Position first, ledger::Position last);

  // Every event up to here was added, and the next one was not.
  ledger::Position complete() const { return complete_; }

 private:
  struct Range {
    ledger::Position first;
    ledger::Position last;
  };

  ledger::Position complete_;
  std::vector<Range> beyond_;  // ascending, behind the first gap
};

}  // namespace keyledger::projections
