// Session: one connection of a server. All of it runs on the server's thread; what it asks of the service
// goes to the home thread and comes back.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
#include <memory>

#include "commands/durability.h"
#include "ledger/host/file_descriptor.h"
#include "net/output_buffer.h"
#include "net/poller.h"
#include "net/service/service.h"
#include "net/wire/codec.h"
#include "net/wire/frame.h"

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

  // Questions that will be judged together: a session puts its own behind them and says so with asked().
  // Their texts must hold until judge_now() or the end of the wake-up.
  virtual std::vector<projections::Question>& questions() = 0;
  // The last `count` questions are the session's: judged() will be called with their verdicts, in their
  // order. flush_soon() must follow.
  virtual void asked(Session& session, std::size_t count) = 0;
  virtual void judge_now() = 0;
  // Calls flushed() of the session when the events at hand have been handled, and uses and verdicts written.
  virtual void flush_soon(std::shared_ptr<Session> session) = 0;
  // Calls arrived() of the session with the frame when the state includes `position`, or missed().
  virtual void wait_for(ledger::Position position, std::shared_ptr<Session> session,
                        std::vector<std::uint64_t> frame) = 0;
  // Calls missed() of the session with every frame that waits, and why.
  virtual void stop_waiting(Session& session, const ledger::Error& why) = 0;
  virtual void want(Session& session, Readiness wanted) = 0;
  virtual void closed(Session& session) = 0;
  // What runs the session's thread, and the lane that its questions are judged in.
  virtual boost::asio::any_io_executor executor() const = 0;
  virtual commands::VerdictLane& lane() = 0;

 protected:
  ~SessionHost() = default;
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  // The socket does not block.
  Session(ledger::FileDescriptor socket, Principal principal, Service& service, SessionHost& host);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  int socket() const { return socket_.number(); }
  // The socket is ready, as epoll(7) says it: EPOLLIN and so on. Questions that come are asked of the host;
  // what they are read from holds until the session is called again.
  void ready(std::uint32_t events);
  void close();
  // Whatever is still under way will not be answered any more: sends what is there, and closes.
  void finish();

  // Verdicts of the questions that are next, and the state that judged them. Nothing leaves before flushed().
  void judged(std::span<const projections::Verdict> verdicts, const projections::Access& access);
  // The uses of the verdicts since the last call are written, or could not be. True if these verdicts are
  // held back until synced() is called.
  bool flushed(const ledger::Result<void>& written, commands::UseDurability durability);
  // The uses of the verdicts that were held back first are on the disk, or could not be put there.
  void synced(const ledger::Result<void>& synced);
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
    std::size_t count;
  };

  // Answers requests of no questions, too, as far as all those before have their verdicts.
  void begin_frames();
  bool wants_to_read() const;
  void show_interest();
  void read();
  void handle_input();
  void handle(Frame frame);
  void handle(Request request, Frame frame);
  void answer(std::uint64_t id, RequestBody body, std::size_t frame_bytes);
  // The last questions of the host are those of a request.
  void expect(std::uint64_t id, AnswerForm form, std::size_t count);
  void run(std::uint64_t id, RunCommand run, std::size_t frame_bytes);
  void gather_import(std::uint64_t id, RunCommand part, std::size_t frame_bytes);
  using MakeStream = std::function<std::shared_ptr<AnswerStream>(Service&)>;

  void ask_active_key(std::uint64_t id, AskActiveKey ask);
  // Hands a command to the service, at home.
  void submit(std::uint64_t id, RunCommand run, std::vector<commands::ImportKeys> more = {});
  bool includes(ledger::Position position);
  // `make` is called at home.
  void start_stream(std::uint64_t id, MakeStream make);
  void pump(std::uint64_t id, std::shared_ptr<AnswerStream> stream);
  void end_stream();
  std::function<void(ResponseBody)> reply_to(std::uint64_t id);
  void send(Response response);
  void flush_soon();
  void write();
  // Some output has gone: goes on with what waited for that.
  void resume();
  // No more is read; what is under way is answered, and then the connection closes.
  void hang_up();
  void close_if_done();
  // While a long answer is under way, it waits until most of what there is has gone: nobody shall wait for
  // much to be moved about, nor the answer for verdicts that are asked for faster than they are read.
  bool is_full() const;

  ledger::FileDescriptor socket_;
  Principal principal_;
  Service& service_;
  SessionHost& host_;
  FrameBuffer input_;
  RequestDecoder decoder_;
  OutputBuffer output_;
  Readiness wanted_ = Readiness::kRead;
  bool is_blocked_ = false;  // the socket takes no more for now
  bool is_flush_due_ = false;
  bool is_hanging_up_ = false;
  bool is_finishing_ = false;
  bool is_closed_ = false;
  bool was_active_ = true;
  std::size_t in_flight_ = 0;
  std::vector<PendingVerdicts> pending_;
  std::size_t begun_ = 0;  // of the pending ones, those with a frame
  VerdictFrames verdicts_;
  std::size_t verdicts_pending_ = 0;
  // Verdicts that are ready, and wait until their uses are on the disk.
  struct Held {
    Bytes frames;
    std::vector<std::uint64_t> ids;
  };
  std::deque<Held> held_;
  std::size_t held_bytes_ = 0;
  struct Import {
    RunCommand run;                          // with the first part
    std::vector<commands::ImportKeys> more;  // behind it
    std::size_t objects = 0;
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
