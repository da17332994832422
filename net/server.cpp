#include "net/server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <utility>

namespace keyledger::net {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every answer

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::local::stream_protocol;
using commands::UseDurability;

namespace {

Error listen_error(const Endpoint& endpoint, const boost::system::error_code& error) {
  const bool in_use = error == asio::error::address_in_use;
  return {in_use ? ErrorCode::kAddressInUse : ErrorCode::kCannotListen,
          fmt::format("{}: {}", to_string(endpoint), error.message())};
}

// True if somebody accepts connections on the socket file.
bool is_answered(const std::string& path) {
  asio::io_context context;
  stream_protocol::socket probe(context);
  boost::system::error_code error;
  probe.connect(stream_protocol::endpoint(path), error);
  return !error;
}

// A connection too many learns why before it is closed.
void say_too_many(int socket) {
  Bytes answer;
  encode_response(
      {.id = 0, .body = failure_of(Error{ErrorCode::kOverloaded, "there are as many connections as can be"})},
      answer);
  static_cast<void>(::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL));
}

bool is_socket(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
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

std::size_t bytes_in(const std::vector<std::uint64_t>& frame) { return frame.size() * sizeof frame.front(); }

Principal principal_of(tcp::socket& socket) {
  boost::system::error_code error;
  const auto remote = socket.remote_endpoint(error);
  const auto address = error ? std::nullopt : parse_address(remote.address().to_string());
  if (!address) return {.actor = OperatorActor{"tcp"}, .origin = LocalOrigin{}};
  return {.actor = OperatorActor{"tcp"}, .origin = AddressOrigin{*address}};
}

}  // namespace

Server::Server(asio::any_io_executor executor, Service& service, commands::VerdictLane& lane,
               ServerCrowd& crowd, commands::UseDurability durability, Limits limits)
    : executor_(std::move(executor)),
      service_(service),
      lane_(lane),
      crowd_(crowd),
      durability_(durability),
      limits_(limits),
      timer_(executor_),
      write_timer_(executor_),
      sockets_(executor_) {
  if (!poller_.is_open()) return;  // listen() says so
  sockets_.assign(poller_.descriptor());
  wait_for_sockets();
}

Server::~Server() {
  stop_listening();
  stop_serving();
}

Result<Endpoint> Server::listen(const Endpoint& endpoint) {
  if (!poller_.is_open()) return listen_error(endpoint, asio::error::no_descriptors);
  if (const auto* path = std::get_if<UnixEndpoint>(&endpoint)) return listen_unix(*path);
  return listen_tcp(std::get<TcpEndpoint>(endpoint));
}

Result<Endpoint> Server::listen_unix(const UnixEndpoint& endpoint) {
  if (endpoint.path.empty() || endpoint.path.size() > kUnixPathMax) {
    return Error{ErrorCode::kCannotListen,
                 fmt::format("{}: a path has 1 to {} bytes", to_string(endpoint), kUnixPathMax)};
  }
  if (is_socket(endpoint.path)) {
    if (is_answered(endpoint.path)) {
      return Error{ErrorCode::kAddressInUse,
                   fmt::format("{}: another process answers there", to_string(endpoint))};
    }
    ::unlink(endpoint.path.c_str());
  }
  auto acceptor = std::make_unique<UnixAcceptor>(executor_);
  boost::system::error_code error;
  acceptor->open(stream_protocol(), error);
  // The socket lets in whoever may write to it: its owner and group, whatever the umask would leave open.
  const mode_t before = ::umask(0117);
  if (!error) acceptor->bind(stream_protocol::endpoint(endpoint.path), error);
  ::umask(before);
  if (!error) acceptor->listen(asio::socket_base::max_listen_connections, error);
  if (error) return listen_error(endpoint, error);
  socket_paths_.push_back(endpoint.path);
  accept(*unix_.emplace_back(std::move(acceptor)));
  return Endpoint{endpoint};
}

Result<Endpoint> Server::listen_tcp(const TcpEndpoint& endpoint) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(endpoint.host, error);
  if (error) return listen_error(endpoint, error);
  if (!address.is_loopback()) {
    return Error{ErrorCode::kCannotListen,
                 fmt::format("{}: only a loopback address is listened on without TLS", to_string(endpoint))};
  }
  auto acceptor = std::make_unique<TcpAcceptor>(executor_);
  const tcp::endpoint local(address, endpoint.port);
  acceptor->open(local.protocol(), error);
  if (!error) acceptor->set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor->bind(local, error);
  if (!error) acceptor->listen(asio::socket_base::max_listen_connections, error);
  if (error) return listen_error(endpoint, error);
  const auto bound = acceptor->local_endpoint(error);
  if (error) return listen_error(endpoint, error);
  accept(*tcp_.emplace_back(std::move(acceptor)));
  return Endpoint{TcpEndpoint{endpoint.host, bound.port()}};
}

void Server::accept(UnixAcceptor& acceptor) {
  acceptor.async_accept([this, &acceptor](boost::system::error_code error, stream_protocol::socket socket) {
    if (is_stopped_ || error == asio::error::operation_aborted) return;
    if (!error) {
      Principal principal = principal_of(socket);
      admit(FileDescriptor(socket.release()), std::move(principal));
    }
    accept_next(acceptor, error);
  });
}

void Server::accept(TcpAcceptor& acceptor) {
  acceptor.async_accept([this, &acceptor](boost::system::error_code error, tcp::socket socket) {
    if (is_stopped_ || error == asio::error::operation_aborted) return;
    if (!error) {
      Principal principal = principal_of(socket);
      boost::system::error_code ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      admit(FileDescriptor(socket.release()), std::move(principal));
    }
    accept_next(acceptor, error);
  });
}

// A failure is most likely a lack of descriptors: to try again at once would be all that this thread did.
template <typename Acceptor>
void Server::accept_next(Acceptor& acceptor, const boost::system::error_code& error) {
  const bool was_refusing = std::exchange(is_refusing_, bool{error});
  if (!error) return accept(acceptor);
  if (!was_refusing) spdlog::warn("connections cannot be accepted now: {}", error.message());
  auto pause = std::make_shared<asio::steady_timer>(executor_, kAcceptPause);
  pause->async_wait([this, pause, &acceptor](boost::system::error_code) {
    if (!is_stopped_) accept(acceptor);
  });
}

void Server::admit(FileDescriptor socket, Principal principal) {
  if (::fcntl(socket.number(), F_SETFL, O_NONBLOCK) != 0) return;
  if (crowd_.connections >= limits_.connections) return say_too_many(socket.number());
  ++crowd_.connections;
  Server& server = *crowd_.servers[crowd_.next++ % crowd_.servers.size()];
  asio::dispatch(server.executor_,
                 [&server, socket = std::move(socket), principal = std::move(principal)]() mutable {
                   server.serve(std::move(socket), std::move(principal));
                 });
}

void Server::serve(FileDescriptor socket, Principal principal) {
  const int number = socket.number();
  auto session = std::make_shared<Session>(std::move(socket), std::move(principal), service_, *this);
  const auto added = poller_.add(number, session.get(), Readiness::kRead);
  if (!added) spdlog::warn("a connection cannot be served: {}", added.error().message());
  if (!added || is_stopped_) return void(--crowd_.connections);
  sessions_.emplace(session.get(), session);
}

void Server::want(Session& session, Readiness wanted) { poller_.change(session.socket(), &session, wanted); }

void Server::closed(Session& session) {
  if (!parked_.empty()) take_parked([&](const Parked& each) { return each.session.get() == &session; });
  const auto found = sessions_.find(&session);
  if (found == sessions_.end()) return;
  if (is_serving_) closed_.push_back(found->second);
  sessions_.erase(found);
  --crowd_.connections;
  if (is_stopped_ && sessions_.empty()) stop_serving();
}

void Server::wait_for_sockets() {
  sockets_.async_wait(asio::posix::stream_descriptor::wait_read, [this](boost::system::error_code error) {
    if (!error) serve();
  });
}

void Server::stop_serving() {
  timer_.cancel();
  write_timer_.cancel();
  if (sockets_.is_open()) sockets_.release();  // the descriptor is the poller's
}

void Server::serve() {
  judge_now();  // what was asked since: a buffer that is read into loses its texts
  const auto ready = poller_.ready();
  is_serving_ = true;
  for (const epoll_event& event : ready) {
    auto& session = *static_cast<Session*>(event.data.ptr);
    session.ready(event.events);
    if (questions_.size() >= kQuestionsAtOnceMax) judge_now();
  }
  is_serving_ = false;
  if (!to_flush_.empty()) flush();
  closed_.clear();
  if (!sockets_.is_open()) return;
  // As long as there is work, others have their turn and nothing is armed anew.
  if (ready.empty()) return wait_for_sockets();
  asio::post(executor_, [this] {
    if (sockets_.is_open()) serve();
  });
}

void Server::asked(Session& session, std::size_t count) {
  if (asked_.empty() || asked_.back().session != &session)
    asked_.push_back({.session = &session, .count = 0});
  asked_.back().count += count;
}

void Server::judge_now() {
  if (questions_.empty()) return;
  auto next = asked_.begin();
  lane_.authenticate(questions_, [&](auto verdicts) { hand_out(verdicts, next); });
  questions_.clear();
  asked_.clear();
}

void Server::hand_out(std::span<const projections::Verdict> verdicts, std::vector<Asked>::iterator& next) {
  while (!verdicts.empty()) {
    const std::size_t count = std::min(next->count, verdicts.size());
    next->session->judged(verdicts.first(count), lane_.access());
    verdicts = verdicts.subspan(count);
    next->count -= count;
    if (next->count == 0) ++next;
  }
}

void Server::flush_soon(std::shared_ptr<Session> session) {
  to_flush_.push_back(std::move(session));
  // Behind the handlers that are ready now: their verdicts and answers come along.
  if (to_flush_.size() == 1 && !is_serving_) asio::post(executor_, [this] { flush(); });
}

void Server::flush() {
  if (to_flush_.empty()) return;
  judge_now();
  Result<void> written;
  if (durability_ != UseDurability::kBuffered) {
    written = lane_.flush();
  } else if (lane_.failure() != nullptr) {
    written = *lane_.failure();
  } else {
    write_later();
  }
  for (const auto& session : std::exchange(to_flush_, {})) {
    if (session->flushed(written, durability_)) held_.push_back(session);
  }
  sync_held();
  wake_all();
}

void Server::write_later() {
  if (std::exchange(is_write_due_, true)) return;
  write_timer_.expires_after(std::chrono::microseconds(commands::kBufferedMicroseconds));
  write_timer_.async_wait([this](boost::system::error_code error) {
    is_write_due_ = false;
    if (!error) write_uses();
  });
}

// The writer has said why if this fails; whoever asks next is told.
void Server::write_uses() {
  const auto written = lane_.flush();
  if (!written && !std::exchange(has_reported_, true)) spdlog::error("{}", written.error().message());
}

void Server::sync_held() {
  if (!syncing_.empty() || held_.empty()) return;
  syncing_.swap(held_);
  service_.sync_soon([this](const Result<void>& synced) {
    asio::dispatch(executor_, [this, synced] {
      for (const auto& session : std::exchange(syncing_, {})) session->synced(synced);
      sync_held();
    });
  });
}

Result<void> Server::apply(std::span<const Record> records) {
  const auto applied = service_.authenticator().apply(records);
  wake_all();
  return applied;
}

template <typename Predicate>
std::vector<Server::Parked> Server::take_parked(Predicate is_wanted) {
  const auto wanted = std::stable_partition(parked_.begin(), parked_.end(),
                                            [&](const Parked& each) { return !is_wanted(each); });
  std::vector<Parked> taken(std::make_move_iterator(wanted), std::make_move_iterator(parked_.end()));
  parked_.erase(wanted, parked_.end());
  for (const Parked& each : taken) parked_bytes_ -= bytes_in(each.frame);
  crowd_.parked -= taken.size();
  return taken;
}

void Server::wake_all() {
  wake();
  if (crowd_.parked == parked_.size()) return;
  for (Server* other : crowd_.servers) {
    if (other != this) asio::post(other->executor_, [other] { other->wake(); });
  }
}

void Server::wake() {
  if (parked_.empty()) return;
  const Position position = [&] {
    const auto reading = lane_.read();
    return lane_.access().position();
  }();
  const auto arrived = take_parked([&](const Parked& each) { return each.position <= position; });
  for (const Parked& each : arrived) each.session->arrived(each.frame);
  judge_now();  // before the frames go, which their texts are in
}

void Server::stop_waiting(Session& session, const Error& why) {
  if (parked_.empty()) return;
  const auto own = take_parked([&](const Parked& each) { return each.session.get() == &session; });
  for (const Parked& each : own) session.missed(each.frame, why);
}

void Server::wait_for(Position position, std::shared_ptr<Session> session, std::vector<std::uint64_t> frame) {
  if (parked_.size() >= kParkedRequestsMax || parked_bytes_ + bytes_in(frame) > kParkedBytesMax) {
    return session->missed(frame, Error{ErrorCode::kOverloaded, "too many wait for states to come"});
  }
  parked_bytes_ += bytes_in(frame);
  ++crowd_.parked;
  parked_.push_back({.position = position, .session = std::move(session), .frame = std::move(frame)});
}

void Server::start_ticking() { tick(); }

void Server::tick() {
  timer_.expires_after(kTickInterval);
  timer_.async_wait([this](boost::system::error_code error) {
    if (error || is_stopped_) return;
    write_uses();
    wake();
    if (++ticks_ % kIdleTicksMax == 0) {
      std::vector<std::shared_ptr<Session>> idle;
      for (const auto& [address, session] : sessions_) {
        if (session->check_idle()) idle.push_back(session);
      }
      for (const auto& session : idle) session->close();
    }
    tick();
  });
}

void Server::stop_listening() {
  if (std::exchange(is_stopped_, true)) return;
  boost::system::error_code ignored;
  for (auto& acceptor : tcp_) acceptor->close(ignored);
  for (auto& acceptor : unix_) acceptor->close(ignored);
  for (const std::string& path : socket_paths_) ::unlink(path.c_str());
  timer_.cancel();
}

void Server::finish_sessions() {
  timer_.expires_after(kFarewellTime);
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) close_sessions();
  });
  const auto sessions = sessions_;
  for (const auto& [address, session] : sessions) session->finish();
  if (sessions_.empty()) stop_serving();
}

void Server::close_sessions() {
  const auto sessions = std::exchange(sessions_, {});
  crowd_.connections -= sessions.size();
  for (const auto& [address, session] : sessions) session->close();
  stop_serving();
}

}  // namespace keyledger::net
