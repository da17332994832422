// SharedAccess: the hot state, with the functions and counters shared by all lanes.
//
// Internal to commands/.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <span>

#include "commands/access_gate.h"
#include "commands/command.h"
#include "ledger/record.h"
#include "projections/access.h"
#include "projections/pending_uses.h"

namespace keyledger::commands {

struct SharedAccess {
  // Appends the records and fills in the positions; returns when the operating system has the records.
  using Append = std::function<ledger::Result<void>(std::span<ledger::Record>)>;
  // Asks the writer to move the expiries of keys whose uses were written. May be empty. Any thread.
  using Refresh = std::function<void(RefreshKeys)>;

  projections::Access access;  // read and changed through the gate
  AccessGate gate;
  Append append;
  ledger::Clock clock;
  Refresh refresh;

  // Held from the append of uses until the uses are folded, so that the state follows the order of the log.
  std::mutex commit_mutex;
  std::optional<ledger::Error> failure;  // set once, under the commit mutex, before has_failed
  std::atomic<bool> has_failed = false;
  std::atomic<std::uint64_t> commits = 0;  // how often commands changed the state; changed inside the gate

  std::mutex pending_mutex;
  projections::PendingUses pending;  // of all lanes; guarded by pending_mutex
};

}  // namespace keyledger::commands
