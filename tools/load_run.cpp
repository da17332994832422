#include "tools/load_run.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace keyledger::tools {
namespace {

using ledger::Error;
using ledger::ErrorCode;
using ledger::Result;
using Time = std::chrono::steady_clock;

constexpr std::size_t kReadBytes = std::size_t{1} << 18;

struct Connection {
  int socket = -1;
  std::string output;
  std::size_t sent = 0;
  std::string input;
  std::size_t awaited = 0;
  Time::time_point begun;

  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() {
    if (socket >= 0) ::close(socket);
  }
};

Error system_error(ErrorCode code) { return {code, std::strerror(errno)}; }

template <typename Address>
bool connect_to(int socket, const Address& address) {
  return ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

bool open_socket(const net::Endpoint& endpoint, Connection& connection) {
  if (const auto* local = std::get_if<net::UnixEndpoint>(&endpoint)) {
    connection.socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    local->path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (!connect_to(connection.socket, address)) return false;
  } else {
    connection.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(std::get<net::TcpEndpoint>(endpoint).port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (!connect_to(connection.socket, address)) return false;
    const int on = 1;
    ::setsockopt(connection.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  return ::fcntl(connection.socket, F_SETFL, O_NONBLOCK) == 0;
}

class Loop {
 public:
  Loop(const LoadPlan& plan, const std::vector<std::string>& requests)
      : plan_(plan), requests_(requests), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop() { ::close(epoll_); }

  Result<LoadResult> run() {
    for (std::size_t i = 0; i < plan_.connections; ++i) {
      Connection& connection = *connections_.emplace_back(std::make_unique<Connection>());
      if (!open_socket(plan_.endpoint, connection)) return system_error(ErrorCode::kCannotConnect);
      epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.ptr = &connection}};
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.socket, &event);
    }
    const auto begun = Time::now();
    end_ = begun + plan_.duration;
    for (auto& connection : connections_) begin_round(*connection);
    while (open_rounds_ > 0 && !failed_) wait();
    if (failed_) return *failed_;
    result_.seconds = std::chrono::duration<double>(Time::now() - begun).count();
    std::sort(latencies_us_.begin(), latencies_us_.end());
    result_.p50_us = percentile(50);
    result_.p99_us = percentile(99);
    return result_;
  }

 private:
  void begin_round(Connection& connection) {
    connection.begun = Time::now();
    if (connection.begun >= end_) return;
    ++open_rounds_;
    connection.output.clear();
    connection.sent = 0;
    connection.awaited = plan_.depth;
    for (std::size_t i = 0; i < plan_.depth; ++i) connection.output += requests_[next_request()];
    write(connection);
  }

  // A walk over all requests that does not go along with memory (Knuth's multiplicative hash).
  std::size_t next_request() { return (++drawn_ * 2'654'435'761U) % requests_.size(); }

  void wait() {
    std::array<epoll_event, 64> events{};
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 1'000);
    for (int i = 0; i < count; ++i) {
      auto& connection = *static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (connection.sent < connection.output.size()) write(connection);
      read(connection);
    }
  }

  void write(Connection& connection) {
    const ssize_t size = ::send(connection.socket, connection.output.data() + connection.sent,
                                connection.output.size() - connection.sent, MSG_NOSIGNAL);
    if (size > 0) connection.sent += static_cast<std::size_t>(size);
    if (size < 0 && errno != EAGAIN) failed_ = system_error(ErrorCode::kDisconnected);
  }

  void read(Connection& connection) {
    while (!failed_) {
      const std::size_t before = connection.input.size();
      connection.input.resize(before + kReadBytes);
      const ssize_t size = ::recv(connection.socket, connection.input.data() + before, kReadBytes, 0);
      connection.input.resize(before + static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
      if (size == 0) failed_ = Error{ErrorCode::kDisconnected, "the server closed it"};
      if (size < 0 && errno != EAGAIN) failed_ = system_error(ErrorCode::kDisconnected);
      if (size <= 0) return;
      take_answers(connection);
    }
  }

  void take_answers(Connection& connection) {
    std::size_t taken = 0;
    while (connection.awaited > 0) {
      const auto size =
          take_answer(plan_.protocol, std::string_view(connection.input).substr(taken), result_.wrong);
      if (!size) break;
      taken += *size;
      ++result_.answers;
      --connection.awaited;
    }
    connection.input.erase(0, taken);
    if (connection.awaited > 0) return;
    const auto taken_us = std::chrono::duration<float, std::micro>(Time::now() - connection.begun);
    latencies_us_.push_back(taken_us.count());
    --open_rounds_;
    begin_round(connection);
  }

  double percentile(std::size_t hundredths) const {
    return latencies_us_.empty() ? 0 : latencies_us_[(latencies_us_.size() - 1) * hundredths / 100];
  }

  const LoadPlan& plan_;
  const std::vector<std::string>& requests_;
  int epoll_;
  std::vector<std::unique_ptr<Connection>> connections_;
  Time::time_point end_;
  std::size_t open_rounds_ = 0;
  std::uint64_t drawn_ = 0;
  std::vector<float> latencies_us_;
  LoadResult result_;
  std::optional<Error> failed_;
};

}  // namespace

Result<LoadResult> run_load(const LoadPlan& plan, const std::vector<std::string>& requests) {
  return Loop(plan, requests).run();
}

}  // namespace keyledger::tools
