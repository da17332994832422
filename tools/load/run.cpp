#include "tools/load/run.h"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "tools/load/socket.h"

namespace keyledger::tools::load {
namespace {

using ledger::Error;
using ledger::ErrorCode;
using ledger::FileDescriptor;
using ledger::Result;

constexpr std::size_t kReadBytes = std::size_t{256} << 10;
constexpr std::size_t kEventsAtOnce = 512;
// If the next request is due before this time is over, an open loop looks for answers without sleeping.
constexpr std::int64_t kSpinNanoseconds = 300'000;

using Nanoseconds = std::uint64_t;  // of the steady clock

Nanoseconds now() {
  return static_cast<Nanoseconds>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                      std::chrono::steady_clock::now().time_since_epoch())
                                      .count());
}

double processor_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

Error disconnected() { return {ErrorCode::kDisconnected, std::strerror(errno)}; }

// Requests of one moment, with answers still to come.
struct Group {
  std::size_t first = 0;
  std::size_t count = 0;
  Nanoseconds begun = 0;
};

struct Connection {
  FileDescriptor socket;
  std::string unsent;   // what the socket did not take
  std::string partial;  // the beginning of an answer
  std::vector<Group> waiting;
  std::size_t answered_groups = 0;  // of those at the front of `waiting`
  std::size_t in_flight = 0;
  bool is_closing = false;  // the server said so: to be opened anew
};

class Loop {
 public:
  Loop(const LoadPlan& plan, const PreparedRequests& requests)
      : plan_(plan), requests_(requests), schedule_(plan.schedule), read_(kReadBytes, '\0') {}
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  Result<LoadResult> run() {
    epoll_ = FileDescriptor(::epoll_create1(EPOLL_CLOEXEC));
    for (std::size_t i = 0; i < plan_.connections; ++i) {
      if (!open(*connections_.emplace_back(std::make_unique<Connection>()))) return *failed_;
    }
    begin_ = now();
    measured_from_ = begin_ + static_cast<Nanoseconds>(plan_.warm_up.count());
    end_ = measured_from_ + static_cast<Nanoseconds>(plan_.duration.count());
    const Nanoseconds deadline = end_ + static_cast<Nanoseconds>(std::chrono::nanoseconds(kPatience).count());
    const double processor_before = processor_seconds();
    if (!schedule_) {
      for (auto& connection : connections_) send(*connection, plan_.depth, now());
    }
    while (!failed_ && has_work() && now() < deadline) step();
    if (failed_) return *failed_;
    finish(processor_seconds() - processor_before);
    return std::move(result_);
  }

 private:
  bool open(Connection& connection) {
    auto socket = open_connection(plan_.endpoint);
    if (!socket) {
      failed_ = socket.error();
      return false;
    }
    connection.socket = std::move(*socket);
    connection.is_closing = false;
    epoll_event event{.events = EPOLLIN, .data = {.ptr = &connection}};
    ::epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, connection.socket.number(), &event);
    return true;
  }

  bool has_work() const { return in_flight_ > 0 || (schedule_ && begin_ + schedule_->due() < end_); }

  void step() {
    const int timeout_ms = schedule_ ? send_due() : 100;
    std::array<epoll_event, kEventsAtOnce> events;  // NOLINT: filled by the kernel
    const int count =
        ::epoll_wait(epoll_.number(), events.data(), static_cast<int>(events.size()), timeout_ms);
    for (int i = 0; i < count && !failed_; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      auto& connection = *static_cast<Connection*>(event.data.ptr);
      if ((event.events & EPOLLOUT) != 0) send_rest(connection);
      if ((event.events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) receive(connection);
    }
  }

  // Sends the due requests, and returns how long the loop may sleep, in milliseconds.
  int send_due() {
    Nanoseconds moment = now();
    while (!failed_) {
      const Nanoseconds due = begin_ + schedule_->due();
      if (due >= end_) return 1;
      if (due > moment) moment = now();
      if (due > moment) {
        const auto wait = static_cast<std::int64_t>(due - moment) - kSpinNanoseconds;
        return wait < 0 ? 0 : static_cast<int>(wait / 1'000'000);
      }
      if (due >= measured_from_) result_.lags.add(moment - due);
      schedule_->advance();
      send(*connections_[turn_++ % connections_.size()], 1, due);
    }
    return 0;
  }

  // Returns the next `count` requests.
  void send(Connection& connection, std::size_t count, Nanoseconds begun) {
    if (connection.is_closing && !open(connection)) return;
    while (count > 0 && !failed_) {
      const std::size_t some = std::min(count, requests_.size() - next_);
      connection.waiting.push_back({.first = next_, .count = some, .begun = begun});
      connection.in_flight += some;
      in_flight_ += some;
      write(connection, requests_.bytes(next_, some));
      next_ = (next_ + some) % requests_.size();
      count -= some;
    }
  }

  void write(Connection& connection, std::string_view bytes) {
    if (connection.unsent.empty()) {
      const ssize_t taken = ::send(connection.socket.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (taken < 0 && errno != EAGAIN) failed_ = disconnected();
      bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(taken, 0)));
      if (!bytes.empty()) listen_for(connection, EPOLLIN | EPOLLOUT);
    }
    connection.unsent += bytes;
  }

  void send_rest(Connection& connection) {
    const ssize_t taken =
        ::send(connection.socket.number(), connection.unsent.data(), connection.unsent.size(), MSG_NOSIGNAL);
    if (taken < 0 && errno != EAGAIN) failed_ = disconnected();
    connection.unsent.erase(0, static_cast<std::size_t>(std::max<ssize_t>(taken, 0)));
    if (connection.unsent.empty()) listen_for(connection, EPOLLIN);
  }

  void listen_for(Connection& connection, std::uint32_t events) {
    epoll_event event{.events = events, .data = {.ptr = &connection}};
    ::epoll_ctl(epoll_.number(), EPOLL_CTL_MOD, connection.socket.number(), &event);
  }

  // Reads once whenever the socket is readable.
  void receive(Connection& connection) {
    const std::size_t kept = connection.partial.size();
    if (read_.size() < kept + kReadBytes) read_.resize(kept + kReadBytes);
    connection.partial.copy(read_.data(), kept);
    const ssize_t size = ::recv(connection.socket.number(), read_.data() + kept, read_.size() - kept, 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) return hear_end(connection, size);
    const Nanoseconds moment = now();
    const std::size_t answered = take_answers(
        connection, std::string_view(read_).substr(0, kept + static_cast<std::size_t>(size)), moment);
    if (answered > 0 && !schedule_ && moment < end_) go_on(connection, answered, moment);
  }

  void hear_end(Connection& connection, ssize_t size) {
    if (connection.in_flight > 0 || plan_.form.protocol != LoadProtocol::kHttp) {
      failed_ =
          size == 0 ? Error{ErrorCode::kDisconnected, "the server closed the connection"} : disconnected();
    }
    connection.socket = FileDescriptor();
    connection.is_closing = true;
  }

  void go_on(Connection& connection, std::size_t answered, Nanoseconds moment) {
    if (plan_.pipelining == Pipelining::kSliding) return send(connection, answered, moment);
    if (connection.in_flight == 0) send(connection, plan_.depth, moment);
  }

  // Returns the number of answered requests.
  std::size_t take_answers(Connection& connection, std::string_view bytes, Nanoseconds moment) {
    std::size_t answered = 0;
    while (connection.in_flight > 0) {
      Group& group = connection.waiting[connection.answered_groups];
      const Taken taken = take_answer(plan_.form, plan_.wanted, group.first, bytes);
      if (taken.bytes == 0) break;
      bytes.remove_prefix(taken.bytes);
      count(taken, group.begun, moment);
      ++answered;
      --connection.in_flight;
      ++group.first;
      if (--group.count == 0) drop_group(connection);
      if (taken.is_last) {
        connection.socket = FileDescriptor();
        connection.is_closing = true;
        break;
      }
    }
    in_flight_ -= answered;
    if (connection.in_flight == 0 && !bytes.empty()) {
      failed_ = Error{ErrorCode::kProtocol, "the server sent more answers than it was asked for"};
    }
    connection.partial.assign(bytes);
    return answered;
  }

  static void drop_group(Connection& connection) {
    constexpr std::size_t kKeptMax = 4'096;
    ++connection.answered_groups;
    if (connection.answered_groups < connection.waiting.size() && connection.answered_groups < kKeptMax)
      return;
    connection.waiting.erase(
        connection.waiting.begin(),
        connection.waiting.begin() + static_cast<std::ptrdiff_t>(connection.answered_groups));
    connection.answered_groups = 0;
  }

  void count(const Taken& taken, Nanoseconds begun, Nanoseconds moment) {
    result_.answers += taken.right + taken.wrong;
    result_.wrong += taken.wrong;
    if (begun >= measured_from_) result_.latencies.add(moment - begun);
    if (moment < measured_from_ || moment >= end_) return;
    measured_verdicts_ += taken.right + taken.wrong;
    ++measured_requests_;
  }

  void finish(double processor_used) {
    const Nanoseconds moment = now();
    for (const auto& connection : connections_) {
      for (std::size_t i = connection->answered_groups; i < connection->waiting.size(); ++i) {
        const Group& group = connection->waiting[i];
        result_.unanswered += group.count;
        // The latency of such a request is at least the time until now.
        for (std::size_t n = 0; n < group.count && group.begun >= measured_from_; ++n) {
          result_.latencies.add(moment - group.begun);
        }
      }
    }
    const double seconds = static_cast<double>(end_ - measured_from_) / 1e9;
    result_.per_second = static_cast<double>(measured_verdicts_) / seconds;
    result_.requests_per_second = static_cast<double>(measured_requests_) / seconds;
    result_.busy = processor_used / (static_cast<double>(moment - begin_) / 1e9);
  }

  const LoadPlan& plan_;
  const PreparedRequests& requests_;
  std::optional<ArrivalSchedule> schedule_;
  std::string read_;
  FileDescriptor epoll_;
  std::vector<std::unique_ptr<Connection>> connections_;
  Nanoseconds begin_ = 0;
  Nanoseconds measured_from_ = 0;
  Nanoseconds end_ = 0;
  std::size_t in_flight_ = 0;
  std::size_t next_ = 0;  // request
  std::size_t turn_ = 0;  // of the connections, in an open loop
  std::uint64_t measured_verdicts_ = 0;
  std::uint64_t measured_requests_ = 0;
  LoadResult result_;
  std::optional<Error> failed_;
};

}  // namespace

Result<LoadResult> run_load(const LoadPlan& plan, const PreparedRequests& requests) {
  return Loop(plan, requests).run();
}

}  // namespace keyledger::tools::load
