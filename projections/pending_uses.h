// PendingUses: what uses do to rate limits that are judged but not yet folded into the state.
//
// Uses are folded when they are written, many at a time; a key that is used twice before that must not be
// judged twice by the same state. One thread at a time.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include "projections/access.h"

namespace keyledger::projections {

class PendingUses {
 public:
  // The theoretical arrival time of a key that has a limit, with the uses noted here.
  ledger::Timestamp arrival_of(const Access& access, ledger::KeyNumber key) const {
    const auto found = arrivals_.find(key);
    return found == arrivals_.end() ? access.limiter(key).arrival : found->second;
  }

  // Notes an allowed use. Keys without a limit leave no trace.
  void note(const Access& access, ledger::KeyNumber key, ledger::Timestamp time) {
    if (key == ledger::kNoKey || !access.key(key).has_limit) return;
    arrivals_[key] = after_use(access.limiter(key).limit, arrival_of(access, key), time);
  }

  // The state includes them all now.
  void clear() { arrivals_.clear(); }

 private:
  boost::unordered_flat_map<ledger::KeyNumber, ledger::Timestamp, std::hash<ledger::KeyNumber>> arrivals_;
};

}  // namespace keyledger::projections
