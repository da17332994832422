// Poller: which of many sockets are ready (epoll(7), level-triggered).
//
// Asio's own way of reading asks a socket twice for each message that comes alone: once for the message, and
// once to learn that there is no more. At one request at a time that is a third of a server's work, so
// sessions are read and written here, and Asio waits for the poller as for one descriptor. One thread at a
// time.
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

  Poller();  // not open if the system gives no descriptor
  bool is_open() const { return descriptor_.is_open(); }

  // To be waited for: readable while any socket is ready.
  int descriptor() const { return descriptor_.number(); }

  // The owner is what wait() gives back. kCannotListen with the system's reason. A socket that is closed is
  // forgotten.
  ledger::Result<void> add(int socket, void* owner, Readiness wanted);
  void change(int socket, void* owner, Readiness wanted);

  // Those that are ready now, kEventsMax of them at most. Valid until the next call.
  std::span<const epoll_event> ready();

 private:
  ledger::FileDescriptor descriptor_;
  std::array<epoll_event, kEventsMax> events_{};
};

}  // namespace keyledger::net
