#include "net/session.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
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

template <typename T>
void append(std::vector<T>& part, std::vector<T>& whole) {
  std::move(part.begin(), part.end(), std::back_inserter(whole));
}

}  // namespace

Session::Session(Socket socket, Peer peer, Service& service, SessionHost& host)
    : socket_(std::move(socket)), peer_(std::move(peer)), service_(service), host_(host) {}

void Session::start() { read(); }

void Session::close() {
  if (std::exchange(is_closed_, true)) return;
  boost::system::error_code ignored;
  socket_.close(ignored);
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
  if (is_hanging_up_ && !is_awaited && pending_.empty() && output_.empty() && !is_writing_) close();
}

bool Session::check_idle() { return !std::exchange(was_active_, false) && in_flight_ == 0; }

bool Session::is_full() const {
  return output_.size() > kOutputBytesMax || verdicts_.size() > kVerdictsPendingMax;
}

void Session::read() {
  if (is_closed_ || is_hanging_up_ || is_reading_ || is_full()) return;
  is_reading_ = true;
  const auto room = input_.prepare();
  socket_.async_read_some(asio::buffer(room.data(), room.size()),
                          [self = shared_from_this()](boost::system::error_code error, std::size_t bytes) {
                            self->is_reading_ = false;
                            // Half a connection is enough to answer on: a client may be done with asking.
                            if (error == asio::error::eof) return self->hang_up();
                            if (error) return self->close();
                            self->was_active_ = true;
                            self->input_.commit(bytes);
                            self->handle_input();
                            self->read();
                          });
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
  auto request = decoder_.decode(frame);
  if (request) return handle(std::move(*request), frame);
  send({.id = request_id_of(frame), .body = failure_of(request.error())});
}

void Session::handle(Request request, Frame frame) {
  if (in_flight_ >= kInFlightMax) {
    return send({.id = request.id, .body = failure_of(Error{ErrorCode::kOverloaded, ""})});
  }
  if (service_.authenticator().access().position() < request.min_position) {
    ++in_flight_;
    return host_.wait_for(request.min_position, shared_from_this(), {frame.begin(), frame.end()});
  }
  answer(request.id, std::move(request.body), frame.size_bytes());
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
  std::visit(ledger::Overloaded{
                 [&](const AskVerdicts& what) { ask(id, what); },
                 [&](const AskActiveKey& what) { send({.id = id, .body = service_.active_key(what)}); },
                 [&](AskKeysOfClient& what) { start_stream(id, service_.keys_of_client(std::move(what))); },
                 [&](RunCommand& what) { run(id, std::move(what), frame_bytes); },
                 [&](AskList& what) { start_stream(id, service_.list(std::move(what))); },
                 [&](AskHistory& what) { start_stream(id, service_.history(std::move(what))); },
                 [&](const AskState& what) { start_stream(id, service_.state(what)); },
                 [&](const AskStats&) { service_.stats(reply_to(id)); },
                 [&](const AskStateDigest&) { service_.state_digest(reply_to(id)); }},
             body);
}

void Session::ask(std::uint64_t id, const AskVerdicts& ask) {
  pending_.push_back({.id = id, .form = ask.form, .first = verdicts_.size(), .count = ask.questions.size()});
  for (const auto& question : ask.questions)
    verdicts_.push_back(service_.authenticator().authenticate(question));
  if (pending_.size() == 1) host_.flush_soon(shared_from_this());
}

void Session::flushed(const Result<void>& written) {
  const auto pending = std::exchange(pending_, {});
  const auto verdicts = std::exchange(verdicts_, {});
  if (is_closed_) return;
  for (const PendingVerdicts& each : pending) {
    if (!written) {
      encode_response({.id = each.id, .body = failure_of(written.error())}, output_);
      continue;
    }
    encode_verdicts(each.id, each.form, std::span(verdicts).subspan(each.first, each.count),
                    service_.authenticator().access(), output_);
  }
  write();
}

void Session::run(std::uint64_t id, RunCommand run, std::size_t frame_bytes) {
  if (std::holds_alternative<commands::ImportKeys>(run.command)) {
    return gather_import(id, std::move(run), frame_bytes);
  }
  service_.run(std::move(run), peer_, reply_to(id));
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
  place->second.bytes += frame_bytes;
  if (fresh) place->second.whole = std::move(part);
  auto& whole = std::get<commands::ImportKeys>(place->second.whole.command);
  if (!fresh) {
    append(objects.users, whole.users);
    append(objects.keys, whole.keys);
    append(objects.accounts, whole.accounts);
    append(objects.clients, whole.clients);
  }
  if (more) return;
  import_objects_ -= objects_in(whole);
  import_bytes_ -= place->second.bytes;
  RunCommand run = std::move(place->second.whole);
  imports_.erase(place);
  service_.run(std::move(run), peer_, reply_to(id));
}

std::function<void(ResponseBody)> Session::reply_to(std::uint64_t id) {
  ++in_flight_;
  return [self = shared_from_this(), id](ResponseBody body) {
    --self->in_flight_;
    self->send({.id = id, .body = std::move(body)});
    self->close_if_done();
  };
}

// A past state is a state in memory: many at once are had one after the other.
void Session::start_stream(std::uint64_t id, std::shared_ptr<AnswerStream> stream) {
  ++in_flight_;
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
  asio::post(socket_.get_executor(), [self = shared_from_this(), next = std::move(waiting_streams_.front())] {
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
  encode_response(response, output_);
  const auto* done = std::get_if<DoneAnswer>(&response.body);
  output_secret_ = output_secret_ || (done != nullptr && !done->secret.empty());
  write();
}

void Session::write() {
  if (is_closed_ || is_writing_ || output_.empty()) return;
  is_writing_ = true;
  if (std::exchange(writing_secret_, std::exchange(output_secret_, false))) {
    ledger::cleanse(writing_.data(), writing_.size());
  }
  writing_.clear();
  writing_.swap(output_);
  asio::async_write(socket_, asio::buffer(writing_),
                    [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                      self->is_writing_ = false;
                      if (error) return self->close();
                      self->was_active_ = true;
                      self->write();
                      self->resume();
                    });
}

void Session::resume() {
  for (auto& [id, stream] : std::exchange(paused_streams_, {})) pump(id, stream);
  handle_input();
  read();
  close_if_done();
}

}  // namespace keyledger::net
