#include "net/poller.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "ledger/values/ensure.h"

namespace keyledger::net {

namespace {

epoll_event event_of(void* owner, Readiness wanted) {
  return {.events = static_cast<std::uint32_t>(wanted), .data = {.ptr = owner}};
}

}  // namespace

Poller::Poller() : descriptor_(::epoll_create1(EPOLL_CLOEXEC)) {}

ledger::Result<void> Poller::add(int socket, void* owner, Readiness wanted) {
  epoll_event event = event_of(owner, wanted);
  if (::epoll_ctl(descriptor_.number(), EPOLL_CTL_ADD, socket, &event) == 0) return {};
  return ledger::Error{ledger::ErrorCode::kCannotListen, std::strerror(errno)};
}

void Poller::change(int socket, void* owner, Readiness wanted) {
  epoll_event event = event_of(owner, wanted);
  ENSURE(::epoll_ctl(descriptor_.number(), EPOLL_CTL_MOD, socket, &event) == 0, "a socket of this poller");
}

std::span<const epoll_event> Poller::ready() {
  const int count =
      ::epoll_wait(descriptor_.number(), events_.data(), static_cast<int>(events_.size()), /*timeout=*/0);
  return std::span(events_).first(static_cast<std::size_t>(std::max(count, 0)));
}

}  // namespace keyledger::net
