// Poller: tells the ready sockets among many (epoll(7), level-triggered).
//
// Asio's own way of reading asks a socket twice for each message on its own: once for the message, and once
// to learn that no more has come. For a client with one request at a time, the second call is a third of a
// server's work. Connections therefore read and write their sockets themselves, and Asio waits for the poller
// as for one descriptor. One thread at a time.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <span>

#include "ledger/host/file_descriptor.h"
#include "ledger/values/error.h"

namespace keyledger::net {

enum class Readiness : std::uint32_t {
  kNothing = 0,
  kRead = EPOLLIN,
  kWrite = EPOLLOUT,
  kReadOrWrite = EPOLLIN | EPOLLOUT
};

class Poller {
 public:
  static constexpr std::size_t kEventsMax = 256;

  Poller();  // not open if the system has no descriptor left
  bool is_open() const { return descriptor_.is_open(); }

  // A descriptor to wait for: readable while any socket is ready.
  int descriptor() const { return descriptor_.number(); }

  // Adds a socket. The events of ready() carry `owner`. Fails with kCannotListen and the system's reason. A
  // socket leaves the poller when the socket is closed.
  ledger::Result<void> add(int socket, void* owner, Readiness wanted);
  void change(int socket, void* owner, Readiness wanted);

  // Returns the events of the sockets that are ready now, at most kEventsMax. Valid until the next call.
  std::span<const epoll_event> ready();

 private:
  ledger::FileDescriptor descriptor_;
  std::array<epoll_event, kEventsMax> events_{};
};

}  // namespace keyledger::net
