#include "net/waiting_room.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace keyledger::net {

using ledger::Error;
using ledger::ErrorCode;

void WaitingRoom::park(Request request) {
  if (parked_.size() >= kParkedRequestsMax || bytes_ + request.bytes > kParkedBytesMax) {
    return request.resume(Error{ErrorCode::kOverloaded, "too many requests wait for a later state"});
  }
  bytes_ += request.bytes;
  ++parked_everywhere_;
  parked_.push_back(std::move(request));
}

template <typename Predicate>
std::vector<WaitingRoom::Request> WaitingRoom::take(Predicate is_wanted) {
  const auto wanted = std::stable_partition(parked_.begin(), parked_.end(),
                                            [&](const Request& each) { return !is_wanted(each); });
  std::vector<Request> taken(std::make_move_iterator(wanted), std::make_move_iterator(parked_.end()));
  parked_.erase(wanted, parked_.end());
  for (const Request& each : taken) bytes_ -= each.bytes;
  parked_everywhere_ -= taken.size();
  return taken;
}

std::vector<WaitingRoom::Request> WaitingRoom::take_arrived(ledger::Position position) {
  return take([&](const Request& each) { return each.position <= position; });
}

std::vector<WaitingRoom::Request> WaitingRoom::take_of(const Connection& owner) {
  return take([&](const Request& each) { return each.owner == &owner; });
}

}  // namespace keyledger::net
