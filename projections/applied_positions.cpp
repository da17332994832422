#include "projections/applied_positions.h"

#include <algorithm>

namespace keyledger::projections {

bool AppliedPositions::add(ledger::Position first, ledger::Position last) {
  if (first <= complete_ || last < first) return false;
  if (first != complete_.next()) {
    const auto after =
        std::find_if(beyond_.begin(), beyond_.end(), [&](const Range& range) { return range.last >= first; });
    if (after != beyond_.end() && after->first <= last) return false;
    if (after != beyond_.begin() && std::prev(after)->last.next() == first) {
      std::prev(after)->last = last;
    } else {
      beyond_.insert(after, Range{first, last});
    }
    return true;
  }
  if (!beyond_.empty() && beyond_.front().first <= last) return false;
  complete_ = last;
  while (!beyond_.empty() && beyond_.front().first == complete_.next()) {
    complete_ = beyond_.front().last;
    beyond_.erase(beyond_.begin());
  }
  return true;
}

}  // namespace keyledger::projections
