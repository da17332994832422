// Publications: records that are on the disk and not yet in the hot state, and the steps that wait for them.
//
// An import may publish a million events. The hot state takes in record after record, between the wake-ups of
// the sockets, so that no verdict waits for more than a record. Steps run in the order of the calls of add().
// All functions run on the thread of the executor.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <deque>
#include <functional>
#include <span>
#include <vector>

#include "ledger/record.h"

namespace keyledger::net {

class Publications {
 public:
  using Apply = std::function<void(std::span<const ledger::Record>)>;
  using Step = std::function<void()>;

  // After applying this many events, a publication lets other work of the executor have a turn.
  static constexpr std::size_t kEventsAtOnce = 512;

  Publications(boost::asio::any_io_executor executor, Apply apply);

  // Applies the records and then runs the steps, after all earlier additions. Does all of this at
  // once if nothing else is waiting and the records have few events.
  void add(std::vector<ledger::Record> records, std::vector<Step> steps);

  // Applies all records and runs all steps that are waiting.
  void settle();

 private:
  struct Publication {
    std::vector<ledger::Record> records;
    std::vector<Step> steps;
    std::size_t applied = 0;  // how many of the records
  };

  // Applies about kEventsAtOnce events. Returns true if events or steps are left.
  bool advance();
  void go_on();

  boost::asio::any_io_executor executor_;
  Apply apply_;
  std::deque<Publication> waiting_;
  bool is_going_on_ = false;  // go_on() has been posted to the executor
};

}  // namespace keyledger::net
