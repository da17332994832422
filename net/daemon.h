// Daemon: all parts of keyledgerd but the process: the folded state, the threads, the listener and the
// servers.
//
// One thread calls start() and stop(). The daemon starts threads that serve the sockets and share the hot
// state, a writer's thread, and a reader's thread.
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
    ledger::LogIndex& index;  // index of the same log
    ledger::Clock clock;
    Entropy entropy;
    std::string ledger_id;
    std::string version;
    // See commands::Writer::Parts.
    std::function<ledger::Result<void>(const ledger::LogHead&)> note_durable;
    commands::UseDurability use_durability = commands::UseDurability::kWritten;
    std::size_t threads = 1;                        // serving threads; at least one
    std::size_t connections_max = kConnectionsMax;  // further connections are refused
    projections::HashKey hash_key;                  // for every catalog that is folded here
    BeginPastState begin_past_state;                // empty: past states begin with the first event
    // The time that stop() gives an unfinished catalog.
    std::chrono::milliseconds catalog_patience = std::chrono::seconds(1);
  };

  // `state` is the log folded to the head.
  Daemon(Parts parts, projections::State state);
  // `access` is the hot half of the state, folded to the head. `catalog` is called at once and makes the
  // other half while the daemon already answers questions: see commands::Writer::Supply.
  Daemon(Parts parts, projections::Access access, commands::Writer::Supply catalog);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon();  // stops

  // Accepts connections at the endpoint once the daemon has started; see Listener::listen(). Must be called
  // before start().
  ledger::Result<Endpoint> listen(const Endpoint& endpoint);

  void start();

  // Answers the requests in flight, writes and syncs everything, and ends the threads. Requests that wait for
  // an unfinished catalog are refused. A second call does nothing.
  void stop();

  // After stop(): the final live state, which is the state of the log's head. Nothing if the catalog was
  // never finished. Nothing after a failure either, because the state may then hold events that the log
  // lacks.
  struct ClosingState {
    const projections::Catalog& catalog;
    const projections::Access& access;
  };
  std::optional<ClosingState> closing_state() const;
  // After stop(): the digest and the position of closing_state().
  std::optional<StateDigestAnswer> closing_digest() const;
  // After stop(): the write that failed, or the reason why no catalog could be made.
  std::optional<ledger::Error> failure() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace keyledger::net
