// Server: owns sessions, and lets the answers of one wake-up share one append to the log.
//
// There is one for each serving thread, and all of it runs on the thread of its executor. The first one, at
// home, also listens, and hands connections out to all of them in turn.
#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <vector>

#include "net/endpoint.h"
#include "net/poller.h"
#include "net/service/service.h"
#include "net/session.h"

namespace keyledger::net {

constexpr std::size_t kQuestionsAtOnceMax = 4'096;  // judged before more are read
constexpr std::chrono::seconds kTickInterval{1};
constexpr std::chrono::milliseconds kAcceptPause{200};  // after an accept that failed
constexpr std::size_t kIdleTicksMax = 3'600;            // a still connection is closed after this many ticks
constexpr std::size_t kParkedRequestsMax = 65'536;
constexpr std::size_t kParkedBytesMax = std::size_t{64} << 20;
constexpr std::chrono::seconds kFarewellTime{1};  // how long a client may take to read his last answers

class Server;

// What the servers of a daemon share.
struct ServerCrowd {
  std::vector<Server*> servers;  // the first is at home; complete before anything runs
  std::atomic<std::size_t> connections = 0;
  std::atomic<std::size_t> parked = 0;  // requests that wait for a state
  std::size_t next = 0;                 // whose turn it is; at home
};

class Server final : public SessionHost {
 public:
  struct Limits {
    std::size_t connections;
  };

  Server(boost::asio::any_io_executor executor, Service& service, commands::VerdictLane& lane,
         ServerCrowd& crowd, commands::UseDurability durability, Limits limits);
  ~Server();

  // Starts to accept there, and answers with the endpoint as it is: a port 0 has become a real one. A stale
  // Unix socket, that nobody answers on, is replaced. kAddressInUse, kCannotListen.
  ledger::Result<Endpoint> listen(const Endpoint& endpoint);

  // Starts the timer that writes the counts of unknown tokens and closes idle connections.
  void start_ticking();

  // At home. Folds in what the writer published, then answers who waited for it.
  ledger::Result<void> apply(std::span<const ledger::Record> records);

  // Accepts no more, removes its Unix sockets; open connections go on until finish_sessions().
  void stop_listening();
  // When nothing more will be answered: sends what is left to be sent, for kFarewellTime at most, and closes
  // every connection. Then the executor runs out of work.
  void finish_sessions();

  std::vector<projections::Question>& questions() override { return questions_; }
  void asked(Session& session, std::size_t count) override;
  void judge_now() override;
  void flush_soon(std::shared_ptr<Session> session) override;
  void wait_for(ledger::Position position, std::shared_ptr<Session> session,
                std::vector<std::uint64_t> frame) override;
  void stop_waiting(Session& session, const ledger::Error& why) override;
  void want(Session& session, Readiness wanted) override;
  void closed(Session& session) override;
  boost::asio::any_io_executor executor() const override { return executor_; }
  commands::VerdictLane& lane() override { return lane_; }

 private:
  using TcpAcceptor = boost::asio::ip::tcp::acceptor;
  using UnixAcceptor = boost::asio::local::stream_protocol::acceptor;

  // Who asked how many questions in a row; he is among to_flush_.
  struct Asked {
    Session* session;
    std::size_t count;
  };

  struct Parked {
    ledger::Position position;
    std::shared_ptr<Session> session;
    std::vector<std::uint64_t> frame;
  };

  ledger::Result<Endpoint> listen_unix(const UnixEndpoint& endpoint);
  ledger::Result<Endpoint> listen_tcp(const TcpEndpoint& endpoint);
  void accept(UnixAcceptor& acceptor);
  void accept(TcpAcceptor& acceptor);
  template <typename Acceptor>
  void accept_next(Acceptor& acceptor, const boost::system::error_code& error);
  void admit(ledger::FileDescriptor socket, Principal principal);
  void serve(ledger::FileDescriptor socket, Principal principal);
  // Reads and answers what has come, of all connections, and waits for more.
  void serve();
  void wait_for_sockets();
  void stop_serving();
  void flush();
  // Verdicts of the questions that are next, beginning with those of `next`.
  void hand_out(std::span<const projections::Verdict> verdicts, std::vector<Asked>::iterator& next);
  // Writes the uses whose verdicts have been sent already, in a moment.
  void write_later();
  void write_uses();
  // Asks for a sync on behalf of those whose verdicts are held back, one at a time.
  void sync_held();
  void tick();
  void close_sessions();
  // Answers who waited for a state that has come.
  void wake();
  // Likewise, here and in the other threads.
  void wake_all();
  // Takes out those that `is_wanted` says, in their order.
  template <typename Predicate>
  std::vector<Parked> take_parked(Predicate is_wanted);

  boost::asio::any_io_executor executor_;
  Service& service_;
  commands::VerdictLane& lane_;
  ServerCrowd& crowd_;
  commands::UseDurability durability_;
  Limits limits_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer write_timer_;  // kBuffered
  Poller poller_;
  boost::asio::posix::stream_descriptor sockets_;  // the poller's, as Asio waits for it
  std::vector<std::unique_ptr<TcpAcceptor>> tcp_;
  std::vector<std::unique_ptr<UnixAcceptor>> unix_;
  std::vector<std::string> socket_paths_;
  boost::unordered_flat_map<Session*, std::shared_ptr<Session>> sessions_;
  // What was asked in the wake-up at hand and is not judged yet, and by whom.
  std::vector<projections::Question> questions_;
  std::vector<Asked> asked_;
  std::vector<std::shared_ptr<Session>> to_flush_;
  // kSynced: who has verdicts held back, as often as he has; and those among them whose sync is under way.
  std::vector<std::shared_ptr<Session>> held_;
  std::vector<std::shared_ptr<Session>> syncing_;
  std::vector<std::shared_ptr<Session>> closed_;  // while their events may still be at hand
  std::vector<Parked> parked_;
  std::size_t parked_bytes_ = 0;
  std::size_t ticks_ = 0;
  bool is_write_due_ = false;
  bool is_serving_ = false;  // the sockets of a wake-up are being read
  bool is_stopped_ = false;
  bool is_refusing_ = false;   // the last accept failed
  bool has_reported_ = false;  // that nothing can be written any more
};

}  // namespace keyledger::net
