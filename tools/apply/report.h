// What came of the entries that `keyledger apply` was given: one row each, in their order, and the sum.
//
// A row is out as soon as it is known, in every form, because it may hold a secret that is shown this
// once: in the form of a table the columns have fixed widths. One thread.
#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>

#include "net/service/messages.h"
#include "tools/apply/input.h"
#include "tools/output/output.h"

namespace keyledger::tools::apply {

enum class ApplyResult : std::uint8_t {
  kDone = 0,
  kUnchanged = 1,  // it was so already
  kRepeated = 2,   // its idempotency key was known: it was done then
  kRefused = 3,    // by a rule
  kFailed = 4,     // by the machine: see the code
  kUnknown = 5,    // sent, and the connection was lost before the answer
  kNotSent = 6,
};

constexpr std::size_t kApplyResults = 7;

std::string_view name_of(ApplyResult result);

struct ApplyOutcome {
  ApplyResult result = ApplyResult::kNotSent;
  std::optional<projections::Row> entity;  // what it was about
  ledger::Position position;               // 0: nothing was changed or asked
  std::uint16_t code = 0;                  // 0: no failure
  std::string error;                       // name of the code
  std::string message;
  ledger::Secret secret;
};

ApplyOutcome outcome_of(net::DoneAnswer answer);
ApplyOutcome outcome_of(const net::Failure& failure);

class ApplyReport {
 public:
  ApplyReport(std::ostream& out, output::OutputFormat format);

  void write(const InputPlace& place, std::string_view name, const ApplyOutcome& outcome);
  // After the last row.
  void finish();

  // "12 done, 1 unchanged, 2 refused".
  std::string summary() const;
  // The exit status that says the worst of it.
  int status() const { return status_; }
  bool any_secret() const { return any_secret_; }
  // False once a row could not be written: further secrets would be lost.
  bool is_written() const { return static_cast<bool>(out_); }

 private:
  void write_line(const boost::json::object& row);

  std::ostream& out_;
  output::OutputFormat format_;
  std::optional<output::RowWriter> writer_;  // not for a table
  std::array<std::size_t, kApplyResults> counts_{};
  int status_;
  bool any_secret_ = false;
  bool any_line_ = false;
};

}  // namespace keyledger::tools::apply
