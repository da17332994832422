// ServerCrowd: the servers of a daemon, one for each serving thread, and their common counts.
//
// The first server is at home: on the thread that accepts connections. Servers are added before any thread
// runs. Afterwards admit() belongs to the home thread; any thread may use the counts.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "net/connection.h"

namespace keyledger::net {

class Server;

class ServerCrowd {
 public:
  // Tells a client beyond the connection limit why the connection is closed.
  using Refuse = std::function<void(const Arrival&)>;

  ServerCrowd(std::size_t connections_max, Refuse refuse)
      : connections_max_(connections_max), refuse_(std::move(refuse)) {}
  ServerCrowd(const ServerCrowd&) = delete;
  ServerCrowd& operator=(const ServerCrowd&) = delete;

  void add(Server& server) { servers_.push_back(&server); }
  std::span<Server* const> servers() const { return servers_; }
  Server& home() const { return *servers_.front(); }

  // Gives the connection to the server whose turn it is. Refuses and closes a connection beyond the limit;
  // the first one of a minute is told in the daemon's log.
  void admit(Arrival arrival);
  // The home thread calls this once a minute: tells the daemon's log of further refused connections.
  void tell_of_refused();
  // A server has closed `count` admitted connections.
  void forget_connections(std::size_t count) { connections_ -= count; }

  // The number of parked requests in all servers.
  std::atomic<std::size_t>& parked() { return parked_; }

 private:
  std::size_t connections_max_;
  Refuse refuse_;
  std::vector<Server*> servers_;
  std::size_t next_ = 0;
  std::size_t refused_ = 0;  // connections, since tell_of_refused()
  std::atomic<std::size_t> connections_ = 0;
  std::atomic<std::size_t> parked_ = 0;
};

}  // namespace keyledger::net
