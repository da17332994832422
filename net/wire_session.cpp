#include "net/wire_session.h"

#include <fmt/format.h>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "ledger/values/secret.h"
#include "net/server.h"

namespace keyledger::net {

using ledger::Error;
using ledger::ErrorCode;
using ledger::Result;

namespace asio = boost::asio;

namespace {

// With more unsent bytes than this, answers are sent before the flush, and long answers wait.
constexpr std::size_t kOutputBytesEnough = OutputBuffer::kKept;
// Decoded questions go to the host in groups of about this size. Small groups reuse memory in the processor's
// cache.
constexpr std::size_t kQuestionsPerAsk = 64;
// Memory for more questions is freed after use.
constexpr std::size_t kQuestionsKept = 4'096;

constexpr ProtocolLimits kProtocolLimits{
    .frame_bytes = kFrameBytesMax,
    .questions_per_request = kQuestionsPerRequestMax,
    .import_part_objects = kImportPartObjectsMax,
    .requests_in_flight = kInFlightMax,
    .streams_at_once = kStreamsAtOnceMax,
    .idle_seconds = kIdleTicksMax * static_cast<std::uint32_t>(kTickInterval.count())};

// A stream that is made and moved on at home. The session may run on another thread.
class StreamFromHome final : public AnswerStream, public std::enable_shared_from_this<StreamFromHome> {
 public:
  using Make = std::function<std::shared_ptr<AnswerStream>(Service&)>;

  StreamFromHome(Service& service, asio::any_io_executor executor, Make make)
      : service_(service), executor_(std::move(executor)), make_(std::move(make)) {}

  void next(std::function<void(Chunk)> done) override {
    service_.at_home([self = shared_from_this(), done = std::move(done)] {
      if (!self->stream_) self->stream_ = std::exchange(self->make_, nullptr)(self->service_);
      self->stream_->next([self, done](Chunk chunk) {
        auto held = std::make_shared<Chunk>(std::move(chunk));
        asio::dispatch(self->executor_, [done, held] { done(std::move(*held)); });
      });
    });
  }

 private:
  Service& service_;
  asio::any_io_executor executor_;
  Make make_;
  std::shared_ptr<AnswerStream> stream_;
};

// Returns a function that begins the long answer to `ask` by `call`, for `principal`.
template <typename Ask>
StreamFromHome::Make stream_of(std::shared_ptr<AnswerStream> (Service::*call)(const Principal&, Ask),
                               const Principal& principal, Ask ask) {
  return
      [call, principal, ask = std::move(ask)](Service& service) { return (service.*call)(principal, ask); };
}

}  // namespace

WireSession::WireSession(Channel channel, Principal principal, Service& service, ConnectionHost& host)
    : channel_(std::move(channel)), principal_(std::move(principal)), service_(service), host_(host) {}

// --- Ends and limits ---

void WireSession::close() {
  if (std::exchange(is_closed_, true)) return;
  output_.forget();
  channel_.close();
  host_.closed(*this);
}

// A request may wait forever for a position beyond the end of the log, and a client that has gone altogether
// looks like a client that only sends no more. Therefore the end of the input ends all waiting for positions.
void WireSession::hang_up() {
  is_hanging_up_ = true;
  host_.stop_waiting(*this, Error{ErrorCode::kNoSuchPosition,
                                  "the log did not reach this position while the client waited"});
  close_if_done();
}

void WireSession::finish() {
  is_finishing_ = true;
  const Error why{ErrorCode::kStopping, ""};
  host_.stop_waiting(*this, why);
  refuse_unanswered(why);
  hang_up();
}

// The threads that would go on with long answers have ended. Complete frames may still wait for their turn,
// because answers had piled up.
void WireSession::refuse_unanswered(const Error& why) {
  for (const std::uint64_t id : streams_.take_all()) send({.id = id, .body = failure_of(why)});
  for (;;) {
    const auto frame = input_.next();
    if (!frame || !frame->has_value()) return;
    send({.id = request_id_of(**frame), .body = failure_of(why)});
  }
}

void WireSession::close_if_done() {
  const bool is_awaited = in_flight_ > 0 && !is_finishing_;
  if (is_hanging_up_ && !is_awaited && verdicts_.empty() && output_.empty()) close();
}

bool WireSession::check_idle() { return !std::exchange(was_active_, false) && in_flight_ == 0; }

bool WireSession::is_full() const {
  const std::size_t room = streams_.is_running() ? kOutputBytesEnough : kOutputBytesMax;
  return output_.unsent().size() + verdicts_.held_bytes() > room || verdicts_.pending() > kVerdictsPendingMax;
}

bool WireSession::wants_to_read() const { return !is_closed_ && !is_hanging_up_ && !is_full(); }

void WireSession::show_interest() {
  if (is_closed_) return;
  const auto bits = (wants_to_read() ? static_cast<unsigned>(Readiness::kRead) : 0U) |
                    (is_blocked_ ? static_cast<unsigned>(channel_.wants()) : 0U);
  const auto wanted = static_cast<Readiness>(bits);
  if (std::exchange(wanted_, wanted) != wanted) host_.want(*this, wanted);
}

// --- Requests ---

void WireSession::ready(std::uint32_t events) {
  if ((events & (EPOLLERR | EPOLLHUP)) != 0 && !wants_to_read()) return close();
  if (is_blocked_ && (events & static_cast<std::uint32_t>(channel_.wants())) != 0) {
    is_blocked_ = false;
    write();
    resume();
  }
  if ((events & ~std::uint32_t{EPOLLOUT}) != 0 && wants_to_read()) read();
  show_interest();
}

// Reads once, even if more has come: the poller reports the socket again, and other connections have their
// turn first.
void WireSession::read() {
  const Transfer got = channel_.read(input_.prepare());
  // A client may send no more and still read the answers.
  if (got.end == Transfer::End::kEnded) return hang_up();
  if (got.end == Transfer::End::kFailed) return close();
  if (got.end == Transfer::End::kBlocked) return;
  was_active_ = true;
  input_.commit(got.bytes);
  handle_input();
}

void WireSession::handle_input() {
  // A small request may have a large answer, so complete frames wait in the input as well.
  while (!is_closed_ && !is_hanging_up_ && !is_full()) {
    const auto frame = input_.next();
    if (!frame) {
      // The bytes are not frames, and nothing after them can be understood.
      send({.id = 0, .body = failure_of(frame.error())});
      hang_up();
      break;
    }
    if (!frame->has_value()) break;
    handle(**frame);
    if (questions_.size() >= kQuestionsPerAsk) ask_decoded();
  }
  ask_decoded();
}

void WireSession::ask_decoded() {
  if (questions_.empty()) return;
  host_.ask(*this, questions_);
  questions_.clear();
  if (questions_.capacity() > kQuestionsKept) questions_ = {};
}

void WireSession::handle(Frame frame) {
  if (const auto asked = decode_questions(frame, questions_)) {
    if (in_flight_ < kInFlightMax && includes(asked->min_position)) {
      return expect(asked->id, asked->form, asked->count);
    }
    questions_.resize(questions_.size() - asked->count);
  }
  auto request = decoder_.decode(frame);
  if (request) return handle(std::move(*request), frame);
  const std::uint64_t id = request_id_of(frame);
  send({.id = id, .body = request.error()});
  // Parts after this one may be on their way, and must not make up an import without it.
  if (imports_.has(id) || is_unfinished_import(frame)) hang_up();
}

void WireSession::handle(Request request, Frame frame) {
  // A part of an import is only kept. The last part waits, and is answered.
  const auto* run = std::get_if<RunCommand>(&request.body);
  if (run != nullptr && run->more) return answer(request.id, std::move(request.body), frame.size_bytes());
  if (in_flight_ >= kInFlightMax) {
    const Error why{ErrorCode::kOverloaded,
                    fmt::format("{} requests of this connection wait for something", in_flight_)};
    return send({.id = request.id, .body = failure_of(why)});
  }
  if (!includes(request.min_position)) return park(request.min_position, frame);
  answer(request.id, std::move(request.body), frame.size_bytes());
}

// Most requests name no position and need not ask the host.
bool WireSession::includes(ledger::Position position) {
  return position == ledger::kBeforeFirst || host_.includes(position);
}

void WireSession::park(ledger::Position position, Frame frame) {
  ++in_flight_;
  // A question has a token, so the copy is cleansed.
  std::vector<std::uint64_t, ledger::CleansingAllocator<std::uint64_t>> words(frame.begin(), frame.end());
  host_.wait_for({.position = position,
                  .owner = this,
                  .bytes = frame.size_bytes(),
                  .resume = [self = shared_from_this(), words = std::move(words)](const Result<void>& come) {
                    --self->in_flight_;
                    if (!come) {
                      return self->send({.id = request_id_of(words), .body = failure_of(come.error())});
                    }
                    if (!self->is_closed_) self->handle(Frame(words));
                    self->ask_decoded();
                  }});
}

void WireSession::answer(std::uint64_t id, RequestBody body, std::size_t frame_bytes) {
  std::visit(
      ledger::Overloaded{
          [&](const AskVerdicts& what) {
            questions_.insert(questions_.end(), what.questions.begin(), what.questions.end());
            expect(id, what.form, what.questions.size());
          },
          [&](AskActiveKey& what) { ask_active_key(id, std::move(what)); },
          [&](AskKeysOfClient& what) {
            start_stream(id, stream_of(&Service::keys_of_client, principal_, std::move(what)));
          },
          [&](RunCommand& what) { run(id, std::move(what), frame_bytes); },
          [&](AskList& what) { start_stream(id, stream_of(&Service::list, principal_, std::move(what))); },
          [&](AskHistory& what) {
            start_stream(id, stream_of(&Service::history, principal_, std::move(what)));
          },
          [&](const AskState& what) { start_stream(id, stream_of(&Service::state, principal_, what)); },
          [&](const AskStats&) { call_home(id, &Service::stats); },
          [&](const AskStateDigest&) { call_home(id, &Service::state_digest); },
          [&](const AskHello&) { greet(id); }},
      body);
}

void WireSession::call_home(std::uint64_t id,
                            void (Service::*call)(const Principal&, std::function<void(ResponseBody)>)) {
  service_.at_home([&service = service_, call, principal = principal_, reply = reply_to(id)] {
    (service.*call)(principal, reply);
  });
}

void WireSession::expect(std::uint64_t id, AnswerForm form, std::size_t count) {
  verdicts_.expect(id, form, count);
  flush_soon();
}

void WireSession::run(std::uint64_t id, RunCommand run, std::size_t frame_bytes) {
  if (!std::holds_alternative<commands::ImportKeys>(run.command)) return submit(id, std::move(run));
  auto import = imports_.add(id, std::move(run), frame_bytes);
  if (!import) {
    send({.id = id, .body = failure_of(import.error())});
    return hang_up();
  }
  if (import->has_value()) submit(id, std::move((*import)->run), std::move((*import)->more));
}

void WireSession::ask_active_key(std::uint64_t id, AskActiveKey ask) {
  service_.at_home([&service = service_, principal = principal_, ask = std::move(ask), reply = reply_to(id)] {
    reply(service.active_key(principal, ask));
  });
}

void WireSession::greet(std::uint64_t id) {
  service_.at_home([&service = service_, principal = principal_, reply = reply_to(id)] {
    HelloAnswer hello = service.hello(principal);
    hello.revision = kProtocolRevision;
    hello.limits = kProtocolLimits;
    reply(std::move(hello));
  });
}

void WireSession::submit(std::uint64_t id, RunCommand run, std::vector<commands::ImportKeys> more) {
  service_.at_home([&service = service_, run = std::move(run), more = std::move(more), principal = principal_,
                    reply = reply_to(id)]() mutable {
    service.run(principal, std::move(run), std::move(more), std::move(reply));
  });
}

// --- Answers ---

void WireSession::flush_soon() {
  if (!std::exchange(is_flush_due_, true)) host_.flush_soon(shared_from_this());
}

bool WireSession::flushed(const Result<void>& written, commands::UseDurability durability) {
  is_flush_due_ = false;
  if (is_closed_) {
    verdicts_.drop();
    return false;
  }
  const bool holds =
      written.ok() && verdicts_.has_pending() && durability == commands::UseDurability::kSynced;
  if (holds) {
    verdicts_.hold();
  } else if (written) {
    verdicts_.release(output_);
  } else {
    verdicts_.fail(written.error(), output_);
  }
  write();
  resume();
  show_interest();
  return holds;
}

void WireSession::synced(const Result<void>& synced) {
  if (is_closed_) return;
  verdicts_.end_hold(synced, output_);
  flush_soon();
}

std::function<void(ResponseBody)> WireSession::reply_to(std::uint64_t id) {
  ++in_flight_;
  return [self = shared_from_this(), id](ResponseBody body) {
    auto answer = std::make_shared<ResponseBody>(std::move(body));
    asio::dispatch(self->host_.executor(), [self, id, answer] {
      --self->in_flight_;
      self->send({.id = id, .body = std::move(*answer)});
      self->close_if_done();
    });
  };
}

void WireSession::start_stream(std::uint64_t id, MakeStream make) {
  ++in_flight_;
  auto answer = std::make_shared<StreamFromHome>(service_, host_.executor(), std::move(make));
  if (auto stream = streams_.begin({.id = id, .answer = std::move(answer)})) pump(std::move(*stream));
}

void WireSession::end_stream(std::uint64_t id) {
  --in_flight_;
  auto next = streams_.end(id);
  if (!next) return close_if_done();
  // Posted, because short streams would otherwise end inside each other.
  asio::post(host_.executor(), [self = shared_from_this(), next = std::move(*next)] { self->pump(next); });
}

void WireSession::pump(StreamQueue::Stream stream) {
  if (is_closed_ || is_finishing_) return;
  if (is_full()) return streams_.pause(std::move(stream));
  const auto answer = stream.answer;  // lives until next() has returned
  answer->next([self = shared_from_this(), stream = std::move(stream)](Chunk chunk) {
    if (self->is_finishing_) return;  // the stream has been refused
    self->send({.id = stream.id, .more = !chunk.last, .body = std::move(chunk.body)});
    if (!chunk.last) return self->pump(stream);
    self->end_stream(stream.id);
  });
}

void WireSession::send(Response response) {
  if (is_closed_) return;
  encode_response(response, output_.bytes());
  const auto* done = std::get_if<DoneAnswer>(&response.body);
  if (done != nullptr && !done->secret.empty()) output_.note_secret();
  if (output_.unsent().size() > kOutputBytesEnough) write();
  flush_soon();
}

void WireSession::write() {
  if (is_closed_ || is_blocked_) return;
  while (!output_.empty()) {
    const Transfer sent = channel_.write(output_.unsent());
    if (sent.end == Transfer::End::kBlocked) {
      is_blocked_ = true;
      return;
    }
    if (sent.end != Transfer::End::kMoved) return close();
    was_active_ = true;
    output_.sent(sent.bytes);
  }
}

void WireSession::resume() {
  if (is_closed_) return;
  if (streams_.has_paused() && !is_full()) {
    for (StreamQueue::Stream& stream : streams_.take_paused()) pump(std::move(stream));
  }
  if (input_.has_partial()) handle_input();
  close_if_done();
}

}  // namespace keyledger::net
