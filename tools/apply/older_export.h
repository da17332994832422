// OlderExport: an export of an earlier version. The last lines are commands for opening clients, and second
// records of closed accounts.
//
// These lines would change clients and accounts known to the ledger. The lines therefore take effect in the
// first record of the client or account, because only the first record can make the entity. Pure; any thread.
#pragma once

#include <set>
#include <string>

#include "net/service/messages.h"

namespace keyledger::tools::apply {

class OlderExport {
 public:
  // Notes the opening of a client, or the closing of an account. Call for every line of the file.
  void note(const net::RunCommand& run);

  // Changes the record of a client or account as the noted lines demand. Replaces a command for opening a
  // client with a comparison of nothing.
  void mend(net::RunCommand& run) const;

 private:
  std::set<std::string> opened_;  // client_ids
  std::set<std::string> closed_;  // numbers of accounts
};

}  // namespace keyledger::tools::apply
