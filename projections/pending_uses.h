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
    const auto found = noted_.find(key);
    return found == noted_.end() ? access.limiter(key).arrival : found->second.arrival;
  }

  // Notes an allowed use of a key that has a limit.
  void note(const Access& access, ledger::KeyNumber key, ledger::Timestamp time) {
    const ledger::Timestamp arrival = after_use(access.limiter(key).limit, arrival_of(access, key), time);
    Noted& noted = noted_[key];
    noted.arrival = arrival;
    ++noted.uses;
  }

  // The state includes one of the noted uses of the key now; with the last of them, it is forgotten here.
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
