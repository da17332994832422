// PendingUses: the effect on rate limits of uses already judged but not yet folded into the state.
//
// Uses are folded when they are written, many at a time. Without PendingUses, a key used twice before the
// fold would be judged twice by the same state. One thread at a time.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include "projections/access.h"

namespace keyledger::projections {

class PendingUses {
 public:
  // Returns the theoretical arrival time of a key with a limit, counting the uses noted here.
  ledger::Timestamp arrival_of(const Access& access, ledger::KeyNumber key) const {
    const auto found = noted_.find(key);
    return found == noted_.end() ? access.limiter(key).arrival : found->second.arrival;
  }

  // Notes an allowed use of a key with a limit.
  void note(const Access& access, ledger::KeyNumber key, ledger::Timestamp time) {
    const ledger::Timestamp arrival = after_use(access.limiter(key).limit, arrival_of(access, key), time);
    Noted& noted = noted_[key];
    noted.arrival = arrival;
    ++noted.uses;
  }

  // Tells that the state now includes one of the key's noted uses. After the last of them, the key is
  // forgotten here.
  void folded(ledger::KeyNumber key) {
    const auto found = noted_.find(key);
    ENSURE(found != noted_.end(), "a use that was noted");
    if (--found->second.uses == 0) noted_.erase(found);
  }

 private:
  struct Noted {
    ledger::Timestamp arrival;
    std::uint32_t uses = 0;
  };
  boost::unordered_flat_map<ledger::KeyNumber, Noted, std::hash<ledger::KeyNumber>> noted_;
};

}  // namespace keyledger::projections
