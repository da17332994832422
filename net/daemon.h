// Daemon: everything of keyledgerd but the process: the folded state, the threads, the server.
//
// start() and stop() are called by one thread. Threads of its own serve the sockets and share the hot state;
// the writer has his, a reader too.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "commands/durability.h"
#include "commands/writer.h"
#include "ledger/event_log.h"
#include "net/endpoint.h"
#include "net/service/service.h"
#include "projections/state.h"

namespace keyledger::net {

constexpr std::size_t kConnectionsMax = 10'000;

class Daemon {
 public:
  struct Parts {
    ledger::Log& log;
    ledger::LogIndex& index;  // of that log
    ledger::Clock clock;
    Entropy entropy;
    std::string ledger_id;
    std::string version;
    // As in commands::Writer.
    std::function<void(const ledger::LogHead&)> note_durable;
    commands::UseDurability use_durability = commands::UseDurability::kWritten;
    std::size_t threads = 1;                        // that serve sockets; at least one
    std::size_t connections_max = kConnectionsMax;  // further ones are told so, and closed
    projections::HashKey hash_key;                  // of every catalog that is folded here
    BeginPastState begin_past_state;                // may be empty: with the first event
    // How long stop() waits for a catalog that is being made.
    std::chrono::milliseconds catalog_patience = std::chrono::seconds(1);
  };

  // `state` is the log folded to its head.
  Daemon(Parts parts, projections::State state);
  // `access` is that, and `catalog` makes the other half while verdicts are given already: see
  // commands::Writer. Called at once.
  Daemon(Parts parts, projections::Access access, commands::Writer::Supply catalog);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon();  // stops

  // Before start().
  ledger::Result<Endpoint> listen(const Endpoint& endpoint);

  void start();

  // Answers what is under way, writes and syncs everything, ends the threads. What waits for a catalog that
  // is still being made is refused. Once.
  void stop();

  // After stop(): the live state as it ended, which is that of the log's head. Nothing if the catalog was not
  // there yet, nor after a failure: the state may then hold what the log does not.
  struct ClosingState {
    const projections::Catalog& catalog;
    const projections::Access& access;
  };
  std::optional<ClosingState> closing_state() const;
  // Its digest and its position.
  std::optional<StateDigestAnswer> closing_digest() const;
  // After stop(): a write that failed, or why no catalog could be made.
  std::optional<ledger::Error> failure() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace keyledger::net
