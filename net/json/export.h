// Turns the rows of a ledger into records. `keyledger export` writes the records, and `keyledger apply` reads
// them back.
//
// A record has everything that a verdict depends on, and nothing that is counted or derived. A removed client
// has no record, because the name is free and no key is assigned. Two kinds of lines come at the end, because
// the records in between would undo or forbid them: a command opens each client that is public although keys
// are assigned, and a second record closes each closed account. No record has a secret, but keys have
// digests, and anyone with a digest can try guesses against the digest. Pure; any thread.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <vector>

#include "projections/rows.h"

namespace keyledger::net {

// Writes records. The rows must come in the order of an export: the policy, accounts, users, clients, keys.
class ExportRecords {
 public:
  using Write = std::function<void(const boost::json::object&)>;

  explicit ExportRecords(Write write) : write_(std::move(write)) {}

  void add(const projections::Row& row);
  // Writes the lines at the end. Called after the last row.
  void finish();

 private:
  Write write_;
  std::vector<boost::json::object> last_;    // lines at the end
  std::vector<boost::json::object> closed_;  // lines after these
};

}  // namespace keyledger::net
