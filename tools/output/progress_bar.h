// ProgressBar: shows the progress of a long task on standard error.
//
// The bar appears only on a terminal and only after the task has taken more than a second. The bar is redrawn
// at most ten times a second, on a line of less than 80 columns, and wiped at the end. A log or a pipe never
// contains a bar. The task owns the bar and calls it from one thread. The caller supplies the clock; a clock
// that jumps back only delays the bar.
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
  std::uint64_t total = 0;  // in units; 0 if unknown: then neither bar nor percentage is shown
};

class ProgressBar {
 public:
  // The task starts now. The stream must outlive the bar.
  ProgressBar(std::ostream& out, program::IsTerminal terminal, ledger::Clock clock, Work work);
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar() { clear(); }

  // Reports that `done` units are finished. Reads the clock: if a unit takes less time than reading the
  // clock, call once every thousand units or so.
  void update(std::uint64_t done);

  // Wipes the line, if visible. Call before printing anything else; the next update may draw the bar again.
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

// Returns the number with a comma between groups of digits: "1,234,567".
std::string grouped(std::uint64_t number);

}  // namespace keyledger::tools::output
