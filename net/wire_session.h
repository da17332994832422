// WireSession: a connection that speaks the wire protocol (docs/wire.md).
//
// Every function runs on the server's thread. All requests but questions for verdicts go to the service on
// the home thread, and the answers come back.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "net/channel.h"
#include "net/connection.h"
#include "net/import_gathering.h"
#include "net/output_buffer.h"
#include "net/service/service.h"
#include "net/stream_queue.h"
#include "net/verdict_answers.h"
#include "net/wire/codec.h"
#include "net/wire/frame.h"

namespace keyledger::net {

constexpr std::size_t kInFlightMax = 4'096;          // requests of a connection that wait for something
constexpr std::size_t kOutputBytesMax = 4 << 20;     // unsent answers, above which no request is begun
constexpr std::size_t kVerdictsPendingMax = 65'536;  // likewise, verdicts that wait for their flush

class WireSession final : public Connection, public std::enable_shared_from_this<WireSession> {
 public:
  WireSession(Channel channel, Principal principal, Service& service, ConnectionHost& host);

  int socket() const override { return channel_.socket(); }
  void ready(std::uint32_t events) override;
  void judged(std::span<const projections::Verdict> verdicts, const projections::Access& access) override {
    verdicts_.judged(verdicts, access);
  }
  bool flushed(const ledger::Result<void>& written, commands::UseDurability durability) override;
  void synced(const ledger::Result<void>& synced) override;
  bool check_idle() override;
  void finish() override;
  void close() override;

 private:
  using MakeStream = std::function<std::shared_ptr<AnswerStream>(Service&)>;

  // --- Requests ---
  void read();
  // Handles the frames that have come, as long as the answers do not pile up. Frames after that stay in the
  // input until resume().
  void handle_input();
  void handle(Frame frame);
  void handle(Request request, Frame frame);
  void answer(std::uint64_t id, RequestBody body, std::size_t frame_bytes);
  // The last `count` of the decoded questions belong to the request.
  void expect(std::uint64_t id, AnswerForm form, std::size_t count);
  // Hands the decoded questions to the host. Must run before control returns to the host.
  void ask_decoded();
  // True if the state that judges includes the position.
  bool includes(ledger::Position position);
  // Lets the request wait until the state includes the position.
  void park(ledger::Position position, Frame frame);
  void run(std::uint64_t id, RunCommand run, std::size_t frame_bytes);
  void ask_active_key(std::uint64_t id, AskActiveKey ask);
  void greet(std::uint64_t id);
  // Calls a function of the service with a single answer, on the home thread.
  void call_home(std::uint64_t id,
                 void (Service::*call)(const Principal&, std::function<void(ResponseBody)>));
  // Hands a command to the service, on the home thread. `more` holds the parts of an import after the first.
  void submit(std::uint64_t id, RunCommand run, std::vector<commands::ImportKeys> more = {});

  // --- Answers ---
  // Counts the request as in flight, and returns the function that answers the request; it is called on the
  // home thread.
  std::function<void(ResponseBody)> reply_to(std::uint64_t id);
  // `make` runs on the home thread.
  void start_stream(std::uint64_t id, MakeStream make);
  void pump(StreamQueue::Stream stream);
  void end_stream(std::uint64_t id);
  void send(Response response);
  void flush_soon();
  void write();
  // Goes on with streams and frames that waited until output was sent.
  void resume();

  // --- Ends and limits ---
  // Reads no more. The connection closes once the requests in flight are answered.
  void hang_up();
  void close_if_done();
  // Answers every long answer that has not ended, and every request that was not begun, with `why`.
  void refuse_unanswered(const ledger::Error& why);
  // True if no further request may begin. While a long answer runs, the limit is low: a long answer needs
  // room in the output, and a client that asks for verdicts faster than it reads them must not take that
  // room.
  bool is_full() const;
  bool wants_to_read() const;
  // Tells the host what the poller shall wait for.
  void show_interest();

  Channel channel_;
  Principal principal_;
  Service& service_;
  ConnectionHost& host_;
  FrameBuffer input_;
  RequestDecoder decoder_;
  std::vector<projections::Question> questions_;  // decoded and not yet asked
  VerdictAnswers verdicts_;
  ImportGathering imports_;
  StreamQueue streams_;
  OutputBuffer output_;
  std::size_t in_flight_ = 0;
  Readiness wanted_ = Readiness::kRead;
  bool is_blocked_ = false;  // the channel takes no more output for now
  bool is_flush_due_ = false;
  bool is_hanging_up_ = false;
  bool is_finishing_ = false;
  bool is_closed_ = false;
  bool was_active_ = true;
};

}  // namespace keyledger::net
