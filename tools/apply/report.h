// ApplyReport: writes the results of `keyledger apply`, one row for each entry in order, then a summary.
//
// In every format a row is written as soon as its result is known, because the row may hold a secret that is
// shown only once. For this reason the columns of a table have fixed widths. One thread.
#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>

#include "net/json/differences.h"
#include "net/service/messages.h"
#include "tools/apply/input.h"
#include "tools/output/output.h"

namespace keyledger::tools::apply {

enum class ApplyResult : std::uint8_t {
  kDone = 0,
  kUnchanged = 1,  // the ledger was already in the requested state
  kRepeated = 2,   // an earlier command with this idempotency key did the work
  kRefused = 3,    // refused by a rule
  kFailed = 4,     // failed in the machine; `code` tells the cause
  kUnknown = 5,    // sent, but the connection was lost before the answer
  kNotSent = 6,
  kLeft = 7,  // a record of something that the ledger has otherwise
};

constexpr std::size_t kApplyResults = 8;

// Returns the result as written in reports: "done", "not_sent".
std::string_view name_of(ApplyResult result);

struct ApplyOutcome {
  ApplyResult result = ApplyResult::kNotSent;
  std::optional<projections::Row> entity;  // the entity that the entry named or changed
  ledger::Position position;               // 0: nothing was changed or asked
  std::uint16_t code = 0;                  // 0: no failure
  std::string error;                       // the name of `code`
  std::string message;
  ledger::Secret secret;
  commands::ImportReport report = {};  // of a record
};

// Return the outcome for an answer of the daemon, or for a failure.
ApplyOutcome outcome_of(net::DoneAnswer answer);
ApplyOutcome outcome_of(const net::Failure& failure);

class ApplyReport {
 public:
  // The stream must outlive the report. Differences of the ignored classes are not shown, and do not count.
  ApplyReport(std::ostream& out, output::OutputFormat format, commands::DifferenceSet ignored = {});

  // Writes the row of one entry; `name` is the name of the step.
  void write(const InputPlace& place, std::string_view name, const ApplyOutcome& outcome);
  // Ends the report. Call once, after the last row.
  void finish();

  // Returns the counts: "12 done, 1 unchanged, 2 refused".
  std::string summary() const;
  // Returns the exit status of the worst result; kExitRefused while a dangerous difference is left.
  int status() const { return status_; }
  // Returns what the records left as the ledger has it, all together.
  const net::DifferencesLeft& left() const { return left_; }
  // Returns true if a row written so far contains a secret.
  bool any_secret() const { return any_secret_; }
  // Returns false after a row could not be written; continuing would lose further secrets.
  bool is_written() const { return static_cast<bool>(out_); }

 private:
  void write_line(const boost::json::object& row);
  // Returns the result that a row shows; counts the differences.
  ApplyResult judge(const ApplyOutcome& outcome);

  std::ostream& out_;
  output::OutputFormat format_;
  commands::DifferenceSet ignored_;
  net::DifferencesLeft left_;
  std::optional<output::RowWriter> writer_;  // nothing in the table format
  std::array<std::size_t, kApplyResults> counts_{};
  int status_;
  bool any_secret_ = false;
  bool any_line_ = false;
};

}  // namespace keyledger::tools::apply
