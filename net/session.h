// Session: one connection of a server. All of it runs on the server's thread.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
#include <memory>

#include "net/frame.h"
#include "net/service.h"
#include "net/wire_codec.h"

namespace keyledger::net {

// Limits of a connection.
constexpr std::size_t kInFlightMax = 4'096;          // requests that wait for something
constexpr std::size_t kOutputBytesMax = 4 << 20;     // unsent answers, above which nothing more is taken on
constexpr std::size_t kVerdictsPendingMax = 65'536;  // likewise, verdicts that wait for their flush
constexpr std::size_t kStreamsAtOnceMax = 8;         // long answers; further ones wait for their turn
constexpr std::size_t kImportsInFlightMax = 16;      // of which the last part has not come
constexpr std::size_t kImportObjectsInFlightMax = 2'000'000;
constexpr std::size_t kImportBytesInFlightMax = std::size_t{512} << 20;

class Session;

// What a session needs of its server.
class SessionHost {
 public:
  SessionHost() = default;
  SessionHost(const SessionHost&) = delete;
  SessionHost& operator=(const SessionHost&) = delete;

  // Verdicts wait for the flush that records them; it follows when the events at hand have been handled, and
  // calls flushed() of every session that asked.
  virtual void flush_soon(std::shared_ptr<Session> session) = 0;
  // Calls arrived() of the session with the frame when the state includes `position`, or missed().
  virtual void wait_for(ledger::Position position, std::shared_ptr<Session> session,
                        std::vector<std::uint64_t> frame) = 0;
  // Calls missed() of the session with every frame that waits, and why.
  virtual void stop_waiting(Session& session, const ledger::Error& why) = 0;
  virtual void closed(Session& session) = 0;

 protected:
  ~SessionHost() = default;
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;

  Session(Socket socket, Peer peer, Service& service, SessionHost& host);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void start();
  void close();
  // Whatever is still under way will not be answered any more: sends what is there, and closes.
  void finish();

  // The uses of the verdicts noted since the last call are written, or could not be.
  void flushed(const ledger::Result<void>& written);
  // A parked request's state has come.
  void arrived(const std::vector<std::uint64_t>& frame);
  // It will not come, or not in time.
  void missed(const std::vector<std::uint64_t>& frame, const ledger::Error& why);

  // Called now and then: true if this connection has been still for a whole period.
  bool check_idle();

 private:
  struct PendingVerdicts {
    std::uint64_t id;
    AnswerForm form;
    std::size_t first;
    std::size_t count;
  };

  void read();
  void handle_input();
  void handle(Frame frame);
  void handle(Request request, Frame frame);
  void answer(std::uint64_t id, RequestBody body, std::size_t frame_bytes);
  void ask(std::uint64_t id, const AskVerdicts& ask);
  void run(std::uint64_t id, RunCommand run, std::size_t frame_bytes);
  void gather_import(std::uint64_t id, RunCommand part, std::size_t frame_bytes);
  void start_stream(std::uint64_t id, std::shared_ptr<AnswerStream> stream);
  void pump(std::uint64_t id, std::shared_ptr<AnswerStream> stream);
  void end_stream();
  std::function<void(ResponseBody)> reply_to(std::uint64_t id);
  void send(Response response);
  void write();
  // Some output has gone: goes on with what waited for that.
  void resume();
  // No more is read; what is under way is answered, and then the connection closes.
  void hang_up();
  void close_if_done();
  bool is_full() const;

  Socket socket_;
  Peer peer_;
  Service& service_;
  SessionHost& host_;
  FrameBuffer input_;
  RequestDecoder decoder_;
  Bytes output_;   // being filled
  Bytes writing_;  // being sent
  bool writing_secret_ = false;
  bool output_secret_ = false;
  bool is_writing_ = false;
  bool is_reading_ = false;
  bool is_hanging_up_ = false;
  bool is_finishing_ = false;
  bool is_closed_ = false;
  bool was_active_ = true;
  std::size_t in_flight_ = 0;
  std::vector<projections::Verdict> verdicts_;
  std::vector<PendingVerdicts> pending_;
  struct Import {
    RunCommand whole;
    std::size_t bytes = 0;  // of its parts, as they came
  };
  boost::unordered_flat_map<std::uint64_t, Import> imports_;
  std::size_t import_objects_ = 0;
  std::size_t import_bytes_ = 0;
  using Streams = std::deque<std::pair<std::uint64_t, std::shared_ptr<AnswerStream>>>;
  std::size_t streams_ = 0;  // under way, paused ones too
  Streams paused_streams_;
  Streams waiting_streams_;
};

}  // namespace keyledger::net
