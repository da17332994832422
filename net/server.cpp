#include "net/server.h"

#include <spdlog/spdlog.h>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <utility>

namespace keyledger::net {

using ledger::Position;

namespace asio = boost::asio;

void ServerCrowd::admit(Arrival arrival) {
  if (connections_ >= connections_max_) {
    if (refused_++ == 0) {
      spdlog::warn("a connection was refused, because there are {} connections, as many as there may be",
                   connections_.load());
    }
    return refuse_(arrival);
  }
  ++connections_;
  servers_[next_++ % servers_.size()]->take(std::move(arrival));
}

void ServerCrowd::tell_of_refused() {
  if (refused_ > 1) spdlog::warn("{} connections were refused in the last minute", refused_);
  refused_ = 0;
}

Server::Server(Parts parts)
    : executor_(std::move(parts.executor)),
      lane_(parts.lane),
      crowd_(parts.crowd),
      make_connection_(std::move(parts.make_connection)),
      uses_(executor_, lane_, parts.durability),
      syncs_(executor_, std::move(parts.sync_soon)),
      waiting_(crowd_.parked()),
      sockets_(executor_),
      timer_(executor_) {
  if (!can_serve()) return;
  sockets_.assign(poller_.descriptor());
  wait_for_sockets();
}

Server::~Server() {
  stop_taking();
  stop_serving();
}

// --- Connections ---

void Server::take(Arrival arrival) {
  asio::dispatch(executor_, [this, arrival = std::move(arrival)]() mutable { add(std::move(arrival)); });
}

void Server::add(Arrival arrival) {
  const auto connection = make_connection_(std::move(arrival), *this);
  const auto added = poller_.add(connection->socket(), connection.get(), Readiness::kRead);
  if (!added) spdlog::warn("a connection cannot be served: {}", added.error().message());
  if (!added || is_stopped_) return crowd_.forget_connections(1);
  connections_.emplace(connection.get(), connection);
}

void Server::want(Connection& connection, Readiness wanted) {
  poller_.change(connection.socket(), &connection, wanted);
}

void Server::closed(Connection& connection) {
  if (waiting_.size() > 0) waiting_.take_of(connection);
  const auto found = connections_.find(&connection);
  if (found == connections_.end()) return;
  if (is_serving_) closed_.push_back(found->second);
  connections_.erase(found);
  crowd_.forget_connections(1);
  if (is_stopped_ && connections_.empty()) stop_serving();
}

// --- A wake-up ---

void Server::wait_for_sockets() {
  sockets_.async_wait(asio::posix::stream_descriptor::wait_read, [this](boost::system::error_code error) {
    if (!error) serve();
  });
}

void Server::serve() {
  judge();  // questions since the last wake-up, before their buffers are read into
  const auto ready = poller_.ready();
  is_serving_ = true;
  for (const epoll_event& event : ready) {
    static_cast<Connection*>(event.data.ptr)->ready(event.events);
    if (questions_.size() >= kQuestionsAtOnceMax) judge();
  }
  is_serving_ = false;
  if (!to_flush_.empty()) flush();
  closed_.clear();
  if (!sockets_.is_open()) return;
  if (ready.empty()) return wait_for_sockets();
  // More sockets may be ready. The executor's other work has a turn first, and Asio need not wait anew.
  asio::post(executor_, [this] {
    if (sockets_.is_open()) serve();
  });
}

void Server::flush_soon(std::shared_ptr<Connection> connection) {
  to_flush_.push_back(std::move(connection));
  // Posted, because handlers that are ready now then run first and join the flush.
  if (to_flush_.size() == 1 && !is_serving_) asio::post(executor_, [this] { flush(); });
}

void Server::flush() {
  if (to_flush_.empty()) return;
  judge();
  const auto written = uses_.flush();
  for (const auto& connection : std::exchange(to_flush_, {})) {
    if (connection->flushed(written, uses_.durability())) syncs_.add(connection);
  }
  syncs_.start();
  wake_all();
}

// --- Requests that wait for a position ---

Position Server::position() {
  const auto reading = lane_.read();
  return lane_.access().position();
}

bool Server::includes(Position wanted) { return wanted <= position(); }

void Server::wake_all() {
  wake();
  if (crowd_.parked() == waiting_.size()) return;
  for (Server* other : crowd_.servers()) {
    if (other != this) asio::post(other->executor_, [other] { other->wake(); });
  }
}

void Server::wake() {
  if (waiting_.size() == 0) return;
  const auto arrived = waiting_.take_arrived(position());
  for (const WaitingRoom::Request& request : arrived) request.resume({});
  judge();  // before the requests are destroyed, because requests hold the texts of questions
}

void Server::stop_waiting(Connection& connection, const ledger::Error& why) {
  if (waiting_.size() == 0) return;
  for (const WaitingRoom::Request& request : waiting_.take_of(connection)) request.resume(why);
}

// --- Ticks and the end ---

void Server::start_ticking() { tick(); }

void Server::tick() {
  timer_.expires_after(kTickInterval);
  timer_.async_wait([this](boost::system::error_code error) {
    if (error || is_stopped_) return;
    uses_.write();
    wake();
    if (++ticks_ % kIdleTicksMax == 0) close_idle_connections();
    if (ticks_ % kTicksPerMinute == 0 && &crowd_.home() == this) crowd_.tell_of_refused();
    tick();
  });
}

void Server::close_idle_connections() {
  std::vector<std::shared_ptr<Connection>> idle;
  for (const auto& [address, connection] : connections_) {
    if (connection->check_idle()) idle.push_back(connection);
  }
  for (const auto& connection : idle) connection->close();
}

void Server::stop_taking() {
  is_stopped_ = true;
  timer_.cancel();
}

void Server::finish_connections() {
  timer_.expires_after(kFarewellTime);
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) close_connections();
  });
  const auto connections = connections_;
  for (const auto& [address, connection] : connections) connection->finish();
  if (connections_.empty()) stop_serving();
}

void Server::close_connections() {
  const auto connections = std::exchange(connections_, {});
  crowd_.forget_connections(connections.size());
  for (const auto& [address, connection] : connections) connection->close();
  stop_serving();
}

void Server::stop_serving() {
  timer_.cancel();
  uses_.stop();
  if (sockets_.is_open()) sockets_.release();  // the poller owns the descriptor
}

}  // namespace keyledger::net
