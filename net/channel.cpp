#include "net/channel.h"

#include <sys/socket.h>

#include <cerrno>

namespace keyledger::net {

Transfer PlainChannel::read(std::span<std::byte> room) {
  const ssize_t size = ::recv(socket_.number(), room.data(), room.size(), 0);
  if (size > 0) return {.end = Transfer::End::kMoved, .bytes = static_cast<std::size_t>(size)};
  if (size == 0) return {.end = Transfer::End::kEnded};
  const bool is_blocked = errno == EAGAIN || errno == EINTR;
  return {.end = is_blocked ? Transfer::End::kBlocked : Transfer::End::kFailed};
}

Transfer PlainChannel::write(std::span<const std::byte> bytes) {
  ssize_t size = 0;
  do {
    size = ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  } while (size < 0 && errno == EINTR);
  const bool is_blocked = size < 0 && errno == EAGAIN;
  wants_ = is_blocked ? Readiness::kWrite : Readiness::kNothing;
  if (size >= 0) return {.end = Transfer::End::kMoved, .bytes = static_cast<std::size_t>(size)};
  return {.end = is_blocked ? Transfer::End::kBlocked : Transfer::End::kFailed};
}

}  // namespace keyledger::net
