#include "net/session.h"

#include <sys/socket.h>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <utility>

namespace keyledger::net {

using ledger::Error;
using ledger::ErrorCode;
using ledger::Result;

namespace asio = boost::asio;

namespace {

std::size_t objects_in(const commands::ImportKeys& import) {
  return import.users.size() + import.keys.size() + import.accounts.size() + import.clients.size();
}

// Answers go out at once when this much has gathered, and long ones wait until there is less.
constexpr std::size_t kOutputBytesEnough = OutputBuffer::kKept;

// A stream that is made and moved on at home, for a session that may run elsewhere.
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

// Returns what makes the stream that answers `ask`, when the home thread calls it.
template <typename Ask>
StreamFromHome::Make stream_of(std::shared_ptr<AnswerStream> (Service::*call)(const Principal&, Ask),
                               const Principal& principal, Ask ask) {
  return
      [call, principal, ask = std::move(ask)](Service& service) { return (service.*call)(principal, ask); };
}

}  // namespace

Session::Session(ledger::FileDescriptor socket, Principal principal, Service& service, SessionHost& host)
    : socket_(std::move(socket)), principal_(std::move(principal)), service_(service), host_(host) {}

void Session::close() {
  if (std::exchange(is_closed_, true)) return;
  output_.forget();
  socket_ = ledger::FileDescriptor();
  host_.closed(*this);
}

// Who waits for a state that no one has heard of yet may wait for ever, and may be gone altogether: a
// connection that is closed looks as one that is half closed.
void Session::hang_up() {
  is_hanging_up_ = true;
  host_.stop_waiting(*this,
                     Error{ErrorCode::kNoSuchPosition, "it has not come while the client was listening"});
  close_if_done();
}

void Session::finish() {
  is_finishing_ = true;
  host_.stop_waiting(*this, Error{ErrorCode::kStopping, ""});
  hang_up();
}

void Session::close_if_done() {
  const bool is_awaited = in_flight_ > 0 && !is_finishing_;
  if (is_hanging_up_ && !is_awaited && pending_.empty() && held_.empty() && output_.empty()) close();
}

bool Session::check_idle() { return !std::exchange(was_active_, false) && in_flight_ == 0; }

bool Session::is_full() const {
  // A long answer gets its room: what is asked meanwhile would take it first.
  const std::size_t room = streams_ == 0 ? kOutputBytesMax : kOutputBytesEnough;
  return output_.unsent().size() + held_bytes_ > room || verdicts_pending_ > kVerdictsPendingMax;
}

bool Session::wants_to_read() const { return !is_closed_ && !is_hanging_up_ && !is_full(); }

void Session::show_interest() {
  if (is_closed_) return;
  const auto bits = (wants_to_read() ? static_cast<unsigned>(Readiness::kRead) : 0U) |
                    (is_blocked_ ? static_cast<unsigned>(Readiness::kWrite) : 0U);
  const auto wanted = static_cast<Readiness>(bits);
  if (std::exchange(wanted_, wanted) != wanted) host_.want(*this, wanted);
}

void Session::ready(std::uint32_t events) {
  if ((events & (EPOLLERR | EPOLLHUP)) != 0 && !wants_to_read()) return close();
  if ((events & EPOLLOUT) != 0) {
    is_blocked_ = false;
    write();
    resume();
  }
  if ((events & ~std::uint32_t{EPOLLOUT}) != 0 && wants_to_read()) read();
  show_interest();
}

// Once, whatever may be left: the poller tells again, and nobody keeps the others waiting.
void Session::read() {
  const auto room = input_.prepare();
  const ssize_t size = ::recv(socket_.number(), room.data(), room.size(), 0);
  // Half a connection is enough to answer on: a client may be done with asking.
  if (size == 0) return hang_up();
  if (size < 0) {
    if (errno != EAGAIN && errno != EINTR) close();
    return;
  }
  was_active_ = true;
  input_.commit(static_cast<std::size_t>(size));
  handle_input();
}

// A small request may have a large answer, so that reading less is not enough: what has been read waits, too.
void Session::handle_input() {
  while (!is_closed_ && !is_hanging_up_ && !is_full()) {
    const auto frame = input_.next();
    if (!frame) {
      // The stream is lost: say why, and hang up.
      send({.id = 0, .body = failure_of(frame.error())});
      return hang_up();
    }
    if (!frame->has_value()) return;
    handle(**frame);
  }
}

void Session::handle(Frame frame) {
  auto& questions = host_.questions();
  if (const auto asked = decode_questions(frame, questions)) {
    if (in_flight_ < kInFlightMax && includes(asked->min_position)) {
      return expect(asked->id, asked->form, asked->count);
    }
    questions.resize(questions.size() - asked->count);
  }
  auto request = decoder_.decode(frame);
  if (request) return handle(std::move(*request), frame);
  send({.id = request_id_of(frame), .body = failure_of(request.error())});
}

void Session::handle(Request request, Frame frame) {
  if (in_flight_ >= kInFlightMax) {
    return send({.id = request.id, .body = failure_of(Error{ErrorCode::kOverloaded, ""})});
  }
  if (!includes(request.min_position)) {
    ++in_flight_;
    return host_.wait_for(request.min_position, shared_from_this(), {frame.begin(), frame.end()});
  }
  answer(request.id, std::move(request.body), frame.size_bytes());
}

bool Session::includes(ledger::Position position) {
  if (position == ledger::kBeforeFirst) return true;
  const auto reading = host_.lane().read();
  return position <= host_.lane().access().position();
}

void Session::arrived(const std::vector<std::uint64_t>& frame) {
  --in_flight_;
  if (!is_closed_) handle(Frame(frame));
}

void Session::missed(const std::vector<std::uint64_t>& frame, const Error& why) {
  --in_flight_;
  send({.id = request_id_of(frame), .body = failure_of(why)});
}

void Session::answer(std::uint64_t id, RequestBody body, std::size_t frame_bytes) {
  const auto ask_at_home = [&](auto call) {
    service_.at_home([&service = service_, call, principal = principal_, reply = reply_to(id)] {
      (service.*call)(principal, reply);
    });
  };
  std::visit(
      ledger::Overloaded{
          [&](const AskVerdicts& what) {
            auto& questions = host_.questions();
            questions.insert(questions.end(), what.questions.begin(), what.questions.end());
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
          [&](const AskStats&) { ask_at_home(&Service::stats); },
          [&](const AskStateDigest&) { ask_at_home(&Service::state_digest); }},
      body);
}

void Session::expect(std::uint64_t id, AnswerForm form, std::size_t count) {
  pending_.push_back({.id = id, .form = form, .count = count});
  if (count > 0) host_.asked(*this, count);
  verdicts_pending_ += count;
  flush_soon();
}

void Session::flush_soon() {
  if (!std::exchange(is_flush_due_, true)) host_.flush_soon(shared_from_this());
}

void Session::begin_frames() {
  while (verdicts_.missing() == 0 && begun_ < pending_.size()) {
    const PendingVerdicts& next = pending_[begun_++];
    verdicts_.begin(next.id, next.form, next.count);
  }
}

void Session::judged(std::span<const projections::Verdict> verdicts, const projections::Access& access) {
  for (const projections::Verdict& verdict : verdicts) {
    begin_frames();
    verdicts_.add(verdict, access);
  }
}

bool Session::flushed(const Result<void>& written, commands::UseDurability durability) {
  is_flush_due_ = false;
  begin_frames();
  Bytes& frames = verdicts_.bytes();
  const bool holds =
      !is_closed_ && written.ok() && !pending_.empty() && durability == commands::UseDurability::kSynced;
  if (is_closed_) {
    // Nobody hears of them.
  } else if (holds) {
    Held& held = held_.emplace_back();
    held.frames.swap(frames);
    for (const PendingVerdicts& each : pending_) held.ids.push_back(each.id);
    held_bytes_ += held.frames.size();
  } else if (!written) {
    const Failure failure = failure_of(written.error());
    for (const PendingVerdicts& each : pending_) {
      encode_response({.id = each.id, .body = failure}, output_.bytes());
    }
  } else if (output_.empty()) {
    output_.bytes().swap(frames);
  } else {
    output_.bytes().insert(output_.bytes().end(), frames.begin(), frames.end());
  }
  frames.clear();
  if (frames.capacity() > kOutputBytesEnough) frames = Bytes();
  pending_.clear();
  begun_ = 0;
  verdicts_pending_ = 0;
  if (is_closed_) return false;
  write();
  resume();
  show_interest();
  return holds;
}

void Session::synced(const Result<void>& synced) {
  if (is_closed_) return;
  const Held held = std::move(held_.front());
  held_.pop_front();
  held_bytes_ -= held.frames.size();
  if (synced) {
    output_.bytes().insert(output_.bytes().end(), held.frames.begin(), held.frames.end());
  } else {
    for (const std::uint64_t id : held.ids) {
      encode_response({.id = id, .body = failure_of(synced.error())}, output_.bytes());
    }
  }
  flush_soon();
}

void Session::run(std::uint64_t id, RunCommand run, std::size_t frame_bytes) {
  if (std::holds_alternative<commands::ImportKeys>(run.command)) {
    return gather_import(id, std::move(run), frame_bytes);
  }
  submit(id, std::move(run));
}

void Session::ask_active_key(std::uint64_t id, AskActiveKey ask) {
  service_.at_home([&service = service_, principal = principal_, ask = std::move(ask), reply = reply_to(id)] {
    reply(service.active_key(principal, ask));
  });
}

void Session::submit(std::uint64_t id, RunCommand run, std::vector<commands::ImportKeys> more) {
  service_.at_home([&service = service_, run = std::move(run), more = std::move(more), principal = principal_,
                    reply = reply_to(id)]() mutable {
    service.run(principal, std::move(run), std::move(more), std::move(reply));
  });
}

void Session::gather_import(std::uint64_t id, RunCommand part, std::size_t frame_bytes) {
  auto& objects = std::get<commands::ImportKeys>(part.command);
  import_objects_ += objects_in(objects);
  import_bytes_ += frame_bytes;
  const bool more = part.more;
  const auto [place, fresh] = imports_.try_emplace(id);
  if (import_objects_ > kImportObjectsInFlightMax || import_bytes_ > kImportBytesInFlightMax ||
      imports_.size() > kImportsInFlightMax) {
    send({.id = id, .body = failure_of(ledger::Refusal{ledger::RefusalCode::kImportTooLarge, ""})});
    return hang_up();
  }
  Import& import = place->second;
  import.objects += objects_in(objects);
  import.bytes += frame_bytes;
  if (fresh) {
    import.run = std::move(part);
  } else {
    import.more.push_back(std::move(objects));
  }
  if (more) return;
  import_objects_ -= import.objects;
  import_bytes_ -= import.bytes;
  Import whole = std::move(import);
  imports_.erase(place);
  submit(id, std::move(whole.run), std::move(whole.more));
}

// The answer comes at home.
std::function<void(ResponseBody)> Session::reply_to(std::uint64_t id) {
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

// A past state is a state in memory: many at once are had one after the other.
void Session::start_stream(std::uint64_t id, MakeStream make) {
  ++in_flight_;
  auto stream = std::make_shared<StreamFromHome>(service_, host_.executor(), std::move(make));
  if (streams_ == kStreamsAtOnceMax) return waiting_streams_.emplace_back(id, std::move(stream)), void();
  ++streams_;
  pump(id, std::move(stream));
}

void Session::end_stream() {
  --streams_;
  --in_flight_;
  if (waiting_streams_.empty()) return close_if_done();
  ++streams_;
  // Not from here: streams that end at once would end inside of one another.
  asio::post(host_.executor(), [self = shared_from_this(), next = std::move(waiting_streams_.front())] {
    self->pump(next.first, next.second);
  });
  waiting_streams_.pop_front();
}

void Session::pump(std::uint64_t id, std::shared_ptr<AnswerStream> stream) {
  if (is_closed_) return;
  if (is_full()) return paused_streams_.emplace_back(id, std::move(stream)), void();
  stream->next([self = shared_from_this(), id, stream](Chunk chunk) {
    self->send({.id = id, .more = !chunk.last, .body = std::move(chunk.body)});
    if (!chunk.last) return self->pump(id, stream);
    self->end_stream();
  });
}

void Session::send(Response response) {
  if (is_closed_) return;
  encode_response(response, output_.bytes());
  const auto* done = std::get_if<DoneAnswer>(&response.body);
  if (done != nullptr && !done->secret.empty()) output_.note_secret();
  if (output_.unsent().size() > kOutputBytesEnough) write();
  flush_soon();
}

void Session::write() {
  if (is_closed_ || is_blocked_) return;
  while (!output_.empty()) {
    const auto unsent = output_.unsent();
    const ssize_t size = ::send(socket_.number(), unsent.data(), unsent.size(), MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return void(is_blocked_ = true);
    if (size < 0) return close();
    was_active_ = true;
    output_.sent(static_cast<std::size_t>(size));
  }
}

void Session::resume() {
  if (is_closed_) return;
  if (!paused_streams_.empty() && !is_full()) {
    for (auto& [id, stream] : std::exchange(paused_streams_, {})) pump(id, stream);
  }
  if (input_.has_partial()) handle_input();
  close_if_done();
}

}  // namespace keyledger::net
