#include "net/listener.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

#include "ledger/values/address.h"

namespace keyledger::net {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every answer

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::local::stream_protocol;

namespace {

Error listen_error(const Endpoint& endpoint, const boost::system::error_code& error) {
  const bool in_use = error == asio::error::address_in_use;
  return {in_use ? ErrorCode::kAddressInUse : ErrorCode::kCannotListen,
          fmt::format("{}: {}", to_string(endpoint), error.message())};
}

bool is_socket(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

// True if a process accepts connections on the socket file.
bool is_answered(const std::string& path) {
  asio::io_context context;
  stream_protocol::socket probe(context);
  boost::system::error_code error;
  probe.connect(stream_protocol::endpoint(path), error);
  return !error;
}

// The user at the other end of a Unix socket (SO_PEERCRED, unix(7)).
Principal principal_of(stream_protocol::socket& socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return {.actor = OperatorActor{"unknown"}, .origin = LocalOrigin{}};
  }
  return {.actor = OperatorActor{fmt::format("uid:{}", credentials.uid)},
          .origin = UnixOrigin{credentials.uid}};
}

Principal principal_of(tcp::socket& socket) {
  boost::system::error_code error;
  const auto remote = socket.remote_endpoint(error);
  const auto address = error ? std::nullopt : parse_address(remote.address().to_string());
  if (!address) return {.actor = OperatorActor{"tcp"}, .origin = LocalOrigin{}};
  return {.actor = OperatorActor{"tcp"}, .origin = AddressOrigin{*address}};
}

void send_without_delay(stream_protocol::socket&) {}  // Unix sockets delay nothing

void send_without_delay(tcp::socket& socket) {
  boost::system::error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
}

}  // namespace

Listener::Listener(asio::any_io_executor executor, Admit admit)
    : executor_(std::move(executor)), admit_(std::move(admit)) {}

Listener::~Listener() { stop(); }

Result<Endpoint> Listener::listen(const Endpoint& endpoint) {
  if (const auto* unix_socket = std::get_if<UnixEndpoint>(&endpoint)) return listen_unix(*unix_socket);
  return listen_tcp(std::get<TcpEndpoint>(endpoint));
}

Result<Endpoint> Listener::listen_unix(const UnixEndpoint& endpoint) {
  if (endpoint.path.empty() || endpoint.path.size() > kUnixPathMax) {
    return Error{ErrorCode::kCannotListen,
                 fmt::format("{}: the path must have 1 to {} bytes", to_string(endpoint), kUnixPathMax)};
  }
  if (is_socket(endpoint.path)) {
    if (is_answered(endpoint.path)) {
      return Error{ErrorCode::kAddressInUse,
                   fmt::format("{}: another process already listens on this address", to_string(endpoint))};
    }
    ::unlink(endpoint.path.c_str());
  }
  auto door = std::make_unique<UnixDoor>(
      UnixDoor{.acceptor = stream_protocol::acceptor(executor_), .protocol = endpoint.protocol});
  boost::system::error_code error;
  door->acceptor.open(stream_protocol(), error);
  // Every user who may write to the socket file may connect: the owner and the group, even if the umask would
  // allow others as well.
  const mode_t before = ::umask(0117);
  if (!error) door->acceptor.bind(stream_protocol::endpoint(endpoint.path), error);
  ::umask(before);
  if (!error) door->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return listen_error(endpoint, error);
  socket_paths_.push_back(endpoint.path);
  accept(*unix_.emplace_back(std::move(door)));
  return Endpoint{endpoint};
}

Result<Endpoint> Listener::listen_tcp(const TcpEndpoint& endpoint) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(endpoint.host, error);
  if (error) return listen_error(endpoint, error);
  if (!address.is_loopback()) {
    return Error{ErrorCode::kCannotListen,
                 fmt::format("{}: only a loopback address is listened on without TLS", to_string(endpoint))};
  }
  auto door =
      std::make_unique<TcpDoor>(TcpDoor{.acceptor = tcp::acceptor(executor_), .protocol = endpoint.protocol});
  const tcp::endpoint local(address, endpoint.port);
  door->acceptor.open(local.protocol(), error);
  if (!error) door->acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) door->acceptor.bind(local, error);
  if (!error) door->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return listen_error(endpoint, error);
  const auto bound = door->acceptor.local_endpoint(error);
  if (error) return listen_error(endpoint, error);
  accept(*tcp_.emplace_back(std::move(door)));
  return Endpoint{TcpEndpoint{endpoint.host, bound.port(), endpoint.protocol}};
}

template <typename AnyDoor>
void Listener::accept(AnyDoor& door) {
  door.acceptor.async_accept([this, &door](boost::system::error_code error, auto socket) {
    if (is_stopped_ || error == asio::error::operation_aborted) return;
    if (!error) {
      Principal principal = principal_of(socket);
      send_without_delay(socket);
      FileDescriptor descriptor(socket.release());
      if (::fcntl(descriptor.number(), F_SETFL, O_NONBLOCK) == 0) {
        admit_(
            {.socket = std::move(descriptor), .principal = std::move(principal), .protocol = door.protocol});
      }
    }
    accept_next(door, error);
  });
}

// An accept most likely fails for lack of descriptors. A retry at once would then keep the thread busy and
// fail again.
template <typename AnyDoor>
void Listener::accept_next(AnyDoor& door, const boost::system::error_code& error) {
  const bool was_refusing = std::exchange(is_refusing_, bool{error});
  if (!error) return accept(door);
  if (!was_refusing) spdlog::warn("connections cannot be accepted now: {}", error.message());
  auto pause = std::make_shared<asio::steady_timer>(executor_, kAcceptPause);
  pause->async_wait([this, pause, &door](boost::system::error_code) {
    if (!is_stopped_) accept(door);
  });
}

void Listener::stop() {
  if (std::exchange(is_stopped_, true)) return;
  boost::system::error_code ignored;
  for (auto& door : tcp_) door->acceptor.close(ignored);
  for (auto& door : unix_) door->acceptor.close(ignored);
  for (const std::string& path : socket_paths_) ::unlink(path.c_str());
}

}  // namespace keyledger::net
