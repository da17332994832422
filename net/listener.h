// Listener: accepts connections on Unix sockets and on loopback TCP, and hands each connection on.
//
// A Listener belongs to the thread of its executor; listen() may be called before that thread runs.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/connection.h"
#include "net/endpoint.h"

namespace keyledger::net {

constexpr std::chrono::milliseconds kAcceptPause{200};  // after an accept that failed

class Listener {
 public:
  using Admit = std::function<void(Arrival)>;

  // Calls `admit` with each accepted connection.
  Listener(boost::asio::any_io_executor executor, Admit admit);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();  // stops

  // Starts to accept connections at the endpoint. Returns the bound endpoint, in which port 0 has become a
  // real port. Replaces a stale Unix socket, on which no process answers. Fails with kAddressInUse if another
  // process listens at the endpoint, else with kCannotListen.
  ledger::Result<Endpoint> listen(const Endpoint& endpoint);

  // Accepts no more, and removes the files of the Unix sockets. Accepted connections go on.
  void stop();

 private:
  // An acceptor, and the protocol of its connections.
  template <typename Acceptor>
  struct Door {
    Acceptor acceptor;
    Protocol protocol;
  };
  using TcpDoor = Door<boost::asio::ip::tcp::acceptor>;
  using UnixDoor = Door<boost::asio::local::stream_protocol::acceptor>;

  ledger::Result<Endpoint> listen_unix(const UnixEndpoint& endpoint);
  ledger::Result<Endpoint> listen_tcp(const TcpEndpoint& endpoint);
  template <typename AnyDoor>
  void accept(AnyDoor& door);
  // Accepts the next connection; after a failure, only when kAcceptPause has passed.
  template <typename AnyDoor>
  void accept_next(AnyDoor& door, const boost::system::error_code& error);

  boost::asio::any_io_executor executor_;
  Admit admit_;
  std::vector<std::unique_ptr<TcpDoor>> tcp_;
  std::vector<std::unique_ptr<UnixDoor>> unix_;
  std::vector<std::string> socket_paths_;
  bool is_stopped_ = false;
  bool is_refusing_ = false;  // the last accept failed
};

}  // namespace keyledger::net
