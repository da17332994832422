// WaitingRoom: requests that wait until the hot state includes a position.
//
// A parked request is a function; the room calls the function and knows no protocol. The room limits the
// number and the bytes of parked requests, because clients choose both. One thread at a time; the rooms of a
// daemon share the count of all their requests.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <vector>

#include "ledger/values/error.h"
#include "ledger/values/position.h"

namespace keyledger::net {

class Connection;

constexpr std::size_t kParkedRequestsMax = 65'536;
constexpr std::size_t kParkedBytesMax = std::size_t{64} << 20;

class WaitingRoom {
 public:
  struct Request {
    ledger::Position position;
    const Connection* owner = nullptr;
    std::size_t bytes = 0;  // of memory that `resume` holds
    // Goes on with the request. Called at most once: with success when the position has come, else with the
    // reason why waiting is over.
    std::function<void(const ledger::Result<void>&)> resume;
  };

  // `parked_everywhere` counts the requests of all rooms, and must outlive the room.
  explicit WaitingRoom(std::atomic<std::size_t>& parked_everywhere) : parked_everywhere_(parked_everywhere) {}
  WaitingRoom(const WaitingRoom&) = delete;
  WaitingRoom& operator=(const WaitingRoom&) = delete;

  std::size_t size() const { return parked_.size(); }
  std::size_t bytes() const { return bytes_; }

  // Parks the request. If the room is full, resumes the request at once with kOverloaded.
  void park(Request request);

  // Takes out the requests whose position is at most `position`, in the order of their arrival. The caller
  // resumes them, and keeps them until their questions are judged.
  std::vector<Request> take_arrived(ledger::Position position);

  // Takes out the requests of a connection, in the order of their arrival.
  std::vector<Request> take_of(const Connection& owner);

 private:
  template <typename Predicate>
  std::vector<Request> take(Predicate is_wanted);

  std::atomic<std::size_t>& parked_everywhere_;
  std::vector<Request> parked_;
  std::size_t bytes_ = 0;
};

}  // namespace keyledger::net
