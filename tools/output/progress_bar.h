// ProgressBar: how far a long piece of work has come, on standard error.
//
// Shown only on a terminal and only once the work has taken over a second, at most ten times a second, on one
// line of less than 80 columns that is wiped at the end: a log or a pipe never sees it. Owned by the work,
// one thread. The clock is handed in; one that goes backwards only delays the bar.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>

#include "ledger/values/timestamp.h"
#include "tools/program/terminal.h"

namespace keyledger::tools::output {

struct Work {
  std::string label;        // "replaying"
  std::string unit;         // "events"
  std::uint64_t total = 0;  // in units; 0: not known, so no bar and no percentage
};

class ProgressBar {
 public:
  // The work begins now. The stream outlives the bar.
  ProgressBar(std::ostream& out, program::IsTerminal terminal, ledger::Clock clock, Work work);
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar() { clear(); }

  // `done` units so far. Reads the clock: for work that is quicker than that, call it every thousand units or
  // so.
  void update(std::uint64_t done);

  // Wipes the line, if there is one. Before anything else is printed; the next update may draw it again.
  void clear();

 private:
  std::string line(std::uint64_t done, std::int64_t elapsed_us) const;

  std::ostream& out_;
  program::IsTerminal terminal_;
  ledger::Clock clock_;
  Work work_;
  ledger::Timestamp started_;
  ledger::Timestamp drawn_;
  bool visible_ = false;
};

// "1,234,567".
std::string grouped(std::uint64_t number);

}  // namespace keyledger::tools::output
