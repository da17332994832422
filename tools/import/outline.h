// ImportOutline: what an import holds, counted, for an operator who wants to know before it is done.
//
// It says what the files map to, not what the ledger lacks: for that it would have to be asked. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <cstddef>

#include "commands/command.h"

namespace keyledger::tools::import {

struct ImportOutline {
  std::size_t accounts = 0;  // those of the dump; that of --account is not counted
  std::size_t users = 0;
  std::size_t clients = 0;
  std::size_t clients_requiring_key = 0;
  std::size_t keys = 0;
  // Each key once, by the first that applies, as in the status of a key.
  std::size_t keys_expired = 0;
  std::size_t keys_inactive = 0;
  std::size_t keys_owner_inactive = 0;
  std::size_t keys_active = 0;
  std::size_t assignments = 0;

  friend bool operator==(const ImportOutline&, const ImportOutline&) = default;
};

// Expired is what is expired at `now`.
ImportOutline outline_of(const commands::ImportKeys& import, ledger::Timestamp now);

// With the field names that docs/cli.md documents.
boost::json::object json_of(const ImportOutline& outline);

}  // namespace keyledger::tools::import
