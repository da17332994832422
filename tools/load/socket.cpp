#include "tools/load/socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

namespace keyledger::tools::load {
namespace {

using ledger::Error;
using ledger::ErrorCode;
using ledger::FileDescriptor;
using ledger::Result;

Error cannot_connect() { return {ErrorCode::kCannotConnect, std::strerror(errno)}; }

template <typename Address>
Result<FileDescriptor> connected(int family, const Address& address) {
  FileDescriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return cannot_connect();
  if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return cannot_connect();
  }
  if (::fcntl(socket.number(), F_SETFL, O_NONBLOCK) != 0) return cannot_connect();
  return socket;
}

}  // namespace

Result<FileDescriptor> open_connection(const net::Endpoint& endpoint) {
  if (const auto* local = std::get_if<net::UnixEndpoint>(&endpoint)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    local->path.copy(address.sun_path, sizeof address.sun_path - 1);
    return connected(AF_UNIX, address);
  }
  const auto& tcp = std::get<net::TcpEndpoint>(endpoint);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(tcp.port);
  if (::inet_pton(AF_INET, tcp.host.c_str(), &address.sin_addr) != 1) {
    return Error{ErrorCode::kCannotConnect, tcp.host + " is not an IPv4 address"};
  }
  auto socket = connected(AF_INET, address);
  if (!socket) return socket;
  const int on = 1;
  ::setsockopt(socket->number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

void raise_descriptor_limit() {
  rlimit descriptors{};
  if (::getrlimit(RLIMIT_NOFILE, &descriptors) != 0) return;
  descriptors.rlim_cur = descriptors.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &descriptors);
}

}  // namespace keyledger::tools::load
