// The rows of a ledger as records: what `keyledger export` writes and `keyledger apply` takes back.
//
// A record has everything that a verdict depends on, and nothing that is counted or derived. A removed
// client has no record: its name is free, and nothing is assigned to it. Two things come at the end,
// because what stands between them and their beginning would undo or forbid them: a client with keys
// that is open to the public is opened by a command, and a closed account has a second record. No
// secret is in any of them, but digests are: whoever has one can try guesses against it. Pure; any
// thread.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <vector>

#include "projections/rows.h"

namespace keyledger::net {

// Writes the records of rows that come in the order of an export: the policy, accounts, users, clients,
// keys.
class ExportRecords {
 public:
  using Write = std::function<void(const boost::json::object&)>;

  explicit ExportRecords(Write write) : write_(std::move(write)) {}

  void add(const projections::Row& row);
  // After the last row.
  void finish();

 private:
  Write write_;
  std::vector<boost::json::object> last_;    // what comes at the end
  std::vector<boost::json::object> closed_;  // and after it
};

}  // namespace keyledger::net
