// ImportOutline: the contents of an import as counts, for an operator to check before importing.
//
// The counts describe the files, not the difference to the ledger, because the ledger is not asked. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <cstddef>

#include "commands/command.h"

namespace keyledger::tools::import {

struct ImportOutline {
  std::size_t accounts = 0;  // with the account of --account, if something goes there
  std::size_t users = 0;
  std::size_t clients = 0;
  std::size_t clients_requiring_key = 0;
  std::size_t keys = 0;
  // Each key is counted once, under the first matching state, as in the status of a key.
  std::size_t keys_expired = 0;
  std::size_t keys_inactive = 0;
  std::size_t keys_owner_inactive = 0;
  std::size_t keys_active = 0;
  std::size_t assignments = 0;

  friend bool operator==(const ImportOutline&, const ImportOutline&) = default;
};

// Counts the import; keys whose expiry is before `now` count as expired.
ImportOutline outline_of(const commands::ImportKeys& import, ledger::Timestamp now);

// Returns the counts under the field names of docs/cli.md.
boost::json::object json_of(const ImportOutline& outline);

}  // namespace keyledger::tools::import
