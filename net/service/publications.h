// Publications: what the writer has put on the disk and the hot state has not taken in yet, with what waits
// for that.
//
// An import may publish a million events. They are folded in a record at a time, between the wake-ups of the
// sockets, so that no verdict waits for more than one record; what is to happen behind them happens in its
// turn. All of it runs on the thread of its executor.
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

  // Folded in at once before others have their turn.
  static constexpr std::size_t kEventsAtOnce = 512;

  Publications(boost::asio::any_io_executor executor, Apply apply);

  // Applies the records, then runs the steps, behind all that was added before; at once if there is nothing
  // and they are few.
  void add(std::vector<ledger::Record> records, std::vector<Step> steps);

  // Applies and runs everything that was added.
  void settle();

 private:
  struct Publication {
    std::vector<ledger::Record> records;
    std::vector<Step> steps;
    std::size_t applied = 0;  // records
  };

  // Applies about kEventsAtOnce events. True if something is left.
  bool advance();
  void go_on();

  boost::asio::any_io_executor executor_;
  Apply apply_;
  std::deque<Publication> waiting_;
  bool is_going_on_ = false;  // a step of the executor will
};

}  // namespace keyledger::net
