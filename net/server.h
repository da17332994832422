// Server: serves the connections of one thread.
//
// All answers of a wake-up share one run of the hash function and one append to the log, and each connection
// sends once. A daemon has one Server for each serving thread, and every function but take() runs on the
// thread of the executor. ServerCrowd deals the connections out to the servers in turn.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "commands/verdict_lane.h"
#include "net/connection.h"
#include "net/poller.h"
#include "net/question_batch.h"
#include "net/server_crowd.h"
#include "net/sync_queue.h"
#include "net/use_flusher.h"
#include "net/waiting_room.h"

namespace keyledger::net {

constexpr std::size_t kQuestionsAtOnceMax = 4'096;  // judged before more are read
constexpr std::chrono::seconds kTickInterval{1};
constexpr std::size_t kTicksPerMinute = 60;
constexpr std::size_t kIdleTicksMax = 3'600;      // a still connection is closed after one or two times this
constexpr std::chrono::seconds kFarewellTime{1};  // for clients to read their last answers, at most

class Server final : public ConnectionHost {
 public:
  // Makes a connection of the arrival's protocol.
  using MakeConnection = std::function<std::shared_ptr<Connection>(Arrival, ConnectionHost&)>;

  struct Parts {
    boost::asio::any_io_executor executor;
    commands::VerdictLane& lane;  // of this server's thread
    ServerCrowd& crowd;
    commands::UseDurability durability;
    SyncSoon sync_soon;
    MakeConnection make_connection;
  };

  explicit Server(Parts parts);
  ~Server();

  // True if connections can be served: the system gave the poller a descriptor.
  bool can_serve() const { return poller_.is_open(); }

  // Serves a connection, after the crowd has counted it. Any thread.
  void take(Arrival arrival);

  // Starts the timer that writes the counts of unknown tokens and closes idle connections.
  void start_ticking();

  // Resumes parked requests whose position has come.
  void wake();
  // The hot state has changed: wakes this server, and the other servers if requests wait in other servers.
  void wake_all();

  // Takes no further connections. Open connections go on until finish_connections().
  void stop_taking();
  // Nothing more will be answered: sends the finished answers, for at most kFarewellTime, and closes every
  // connection. Afterwards the executor runs out of work.
  void finish_connections();

  commands::VerdictLane& lane() { return lane_; }

  void ask(Connection& connection, std::span<const projections::Question> questions) override {
    questions_.add(connection, questions);
  }
  void flush_soon(std::shared_ptr<Connection> connection) override;
  bool includes(ledger::Position position) override;
  void wait_for(WaitingRoom::Request request) override { waiting_.park(std::move(request)); }
  void stop_waiting(Connection& connection, const ledger::Error& why) override;
  void want(Connection& connection, Readiness wanted) override;
  void closed(Connection& connection) override;
  boost::asio::any_io_executor executor() const override { return executor_; }

 private:
  void add(Arrival arrival);
  void wait_for_sockets();
  // Reads from all ready sockets, answers, and waits for more.
  void serve();
  void stop_serving();
  // Judges the questions asked so far. Must run before a buffer with the texts of questions changes.
  void judge() { questions_.judge(lane_); }
  // Writes the uses, and lets every connection of to_flush_ send its answers.
  void flush();
  ledger::Position position();
  void tick();
  void close_idle_connections();
  void close_connections();

  boost::asio::any_io_executor executor_;
  commands::VerdictLane& lane_;
  ServerCrowd& crowd_;
  MakeConnection make_connection_;
  UseFlusher uses_;
  SyncQueue syncs_;
  WaitingRoom waiting_;
  QuestionBatch questions_;
  Poller poller_;
  boost::asio::posix::stream_descriptor sockets_;  // the poller's descriptor, as Asio waits for it
  boost::asio::steady_timer timer_;
  boost::unordered_flat_map<Connection*, std::shared_ptr<Connection>> connections_;
  std::vector<std::shared_ptr<Connection>> to_flush_;
  // Connections that closed while events of the poller may still point to them.
  std::vector<std::shared_ptr<Connection>> closed_;
  std::size_t ticks_ = 0;
  bool is_serving_ = false;  // the sockets of a wake-up are being read
  bool is_stopped_ = false;
};

}  // namespace keyledger::net
