// Connection: the calls by which a server drives a connection of any protocol; and ConnectionHost: the calls
// by which a connection uses the server.
//
// Every function runs on the server's thread. The calls between the two are virtual, because each call
// happens once for a wake-up of a connection or for a batch of verdicts, never once for a verdict.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <span>

#include "commands/durability.h"
#include "ledger/host/file_descriptor.h"
#include "net/endpoint.h"
#include "net/poller.h"
#include "net/service/principal.h"
#include "net/waiting_room.h"
#include "projections/verdict.h"

namespace keyledger::net {

// An accepted connection. The socket does not block.
struct Arrival {
  ledger::FileDescriptor socket;
  Principal principal;
  Protocol protocol = Protocol::kWire;
};

class Connection {
 public:
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  virtual ~Connection() = default;

  // The descriptor for the server's poller.
  virtual int socket() const = 0;

  // The socket is ready: `events` holds EPOLLIN and the other flags of epoll(7). Reads at most once, and asks
  // the host the questions in the input. The texts of the questions stay valid until the next call of
  // ready().
  virtual void ready(std::uint32_t events) = 0;

  // Verdicts of the connection's next questions, in the order of the questions, and the state that judged
  // them. No verdict may be sent before flushed().
  virtual void judged(std::span<const projections::Verdict> verdicts, const projections::Access& access) = 0;

  // The uses of all verdicts since the last call are written, or `written` says why not; after a failure the
  // verdicts must not be sent. Returns true if the connection holds the verdicts back until synced().
  virtual bool flushed(const ledger::Result<void>& written, commands::UseDurability durability) = 0;

  // Ends the oldest flush with verdicts held back: the uses are on the disk, or `synced` says why not.
  virtual void synced(const ledger::Result<void>& synced) = 0;

  // Called once in a while. Returns true if nothing was read or written since the last call, and no request
  // is in flight.
  virtual bool check_idle() = 0;

  // The server is stopping and answers nothing more: sends the finished answers, then closes.
  virtual void finish() = 0;
  // Closes at once, and tells the host through closed().
  virtual void close() = 0;
};

class ConnectionHost {
 public:
  ConnectionHost() = default;
  ConnectionHost(const ConnectionHost&) = delete;
  ConnectionHost& operator=(const ConnectionHost&) = delete;

  // Adds questions to the batch of this wake-up; the batch keeps copies. The server judges the batch before
  // any connection is ready again, and calls judged() with the verdicts. The texts must stay valid until
  // then. flush_soon() must be called in the same wake-up.
  virtual void ask(Connection& connection, std::span<const projections::Question> questions) = 0;

  // Calls flushed() when all ready sockets of this wake-up are handled and the uses are written.
  virtual void flush_soon(std::shared_ptr<Connection> connection) = 0;

  // Returns true if the hot state includes `position`.
  virtual bool includes(ledger::Position position) = 0;
  // Parks a request until the hot state includes the request's position. If too much is parked already,
  // resumes the request at once, with kOverloaded.
  virtual void wait_for(WaitingRoom::Request request) = 0;
  // Resumes every parked request of the connection with `why`.
  virtual void stop_waiting(Connection& connection, const ledger::Error& why) = 0;

  // Changes the readiness that the poller waits for.
  virtual void want(Connection& connection, Readiness wanted) = 0;
  // The connection has closed its socket. The host forgets the connection and its parked requests.
  virtual void closed(Connection& connection) = 0;

  // Runs functions on the server's thread.
  virtual boost::asio::any_io_executor executor() const = 0;

 protected:
  ~ConnectionHost() = default;
};

}  // namespace keyledger::net
