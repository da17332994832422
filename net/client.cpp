#include "net/client.h"

#include <fmt/format.h>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>

#include "net/frame.h"
#include "net/wire_codec.h"

namespace keyledger::net {

using ledger::Error;
using ledger::ErrorCode;
using ledger::Result;

namespace asio = boost::asio;

struct Client::Connection {
  asio::io_context context{1};
  asio::generic::stream_protocol::socket socket{context};
  FrameBuffer input;
  Bytes output;
};

namespace {

asio::generic::stream_protocol::endpoint asio_endpoint(const Endpoint& endpoint,
                                                       boost::system::error_code& error) {
  if (const auto* unix_socket = std::get_if<UnixEndpoint>(&endpoint)) {
    if (unix_socket->path.size() > kUnixPathMax) {
      error = asio::error::name_too_long;
      return {};
    }
    return asio::local::stream_protocol::endpoint(unix_socket->path);
  }
  const auto& tcp = std::get<TcpEndpoint>(endpoint);
  return asio::ip::tcp::endpoint(asio::ip::make_address(tcp.host, error), tcp.port);
}

Error disconnected(const boost::system::error_code& error) {
  return {ErrorCode::kDisconnected, error == asio::error::eof ? "the daemon closed it" : error.message()};
}

Failure unexpected() { return failure_of(Error{ErrorCode::kProtocol, "an answer to another question"}); }

// A frame is at most 16 MiB: a key of an import takes well below a kilobyte.
constexpr std::size_t kObjectsPerImportPart = 8'192;

// Takes at most `count` elements off the front, as seen from `begin`.
template <typename T>
std::vector<T> take_some(std::vector<T>& from, std::size_t begin, std::size_t count) {
  const std::size_t end = std::min(from.size(), begin + count);
  if (begin >= end) return {};
  const auto first = from.begin() + static_cast<std::ptrdiff_t>(begin);
  const auto last = from.begin() + static_cast<std::ptrdiff_t>(end);
  return {std::make_move_iterator(first), std::make_move_iterator(last)};
}

}  // namespace

Client::Client(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}

Client::~Client() = default;

Result<std::unique_ptr<Client>> Client::connect(const Endpoint& endpoint) {
  auto connection = std::make_unique<Connection>();
  boost::system::error_code error;
  const auto address = asio_endpoint(endpoint, error);
  if (!error) connection->socket.connect(address, error);
  if (error) {
    return Error{ErrorCode::kCannotConnect, fmt::format("{}: {}", to_string(endpoint), error.message())};
  }
  if (std::holds_alternative<TcpEndpoint>(endpoint)) {
    connection->socket.set_option(asio::ip::tcp::no_delay(true), error);
  }
  return std::unique_ptr<Client>(new Client(std::move(connection)));
}

Result<void> Client::send(const Request& request) {
  Bytes& output = connection_->output;
  output.clear();
  encode_request(request, output);
  boost::system::error_code error;
  asio::write(connection_->socket, asio::buffer(output), error);
  ledger::cleanse(output.data(), output.size());  // it may have held a token
  if (error) return disconnected(error);
  return {};
}

Result<Response> Client::receive() {
  for (;;) {
    const auto frame = connection_->input.next();
    if (!frame) return frame.error();
    if (frame->has_value()) return decode_response(**frame);
    const auto room = connection_->input.prepare();
    boost::system::error_code error;
    const std::size_t bytes = connection_->socket.read_some(asio::buffer(room.data(), room.size()), error);
    if (error) return disconnected(error);
    connection_->input.commit(bytes);
  }
}

Answer<std::uint64_t> Client::exchange(RequestBody body, const std::function<void(ResponseBody)>& each) {
  const std::uint64_t id = ++last_id_;
  if (auto sent = send({.id = id, .body = std::move(body)}); !sent) return failure_of(sent.error());
  for (std::uint64_t chunks = 1;; ++chunks) {
    auto response = receive();
    if (!response) return failure_of(response.error());
    if (auto* failure = std::get_if<Failure>(&response->body)) return std::move(*failure);
    if (response->id != id) return unexpected();
    const bool more = response->more;
    each(std::move(response->body));
    if (!more) return chunks;
  }
}

template <typename Body>
Answer<Body> Client::call(RequestBody body) {
  std::optional<Body> result;
  const auto done = exchange(std::move(body), [&](ResponseBody answer) {
    if (auto* wanted = std::get_if<Body>(&answer)) result = std::move(*wanted);
  });
  if (!done) return done.error();
  if (!result) return unexpected();
  return std::move(*result);
}

Answer<VerdictAnswer> Client::authenticate(const projections::Question& question) {
  auto verdicts = call<std::vector<VerdictAnswer>>(
      AskVerdicts{.questions = std::span(&question, 1), .form = AnswerForm::kVerdict});
  if (!verdicts) return verdicts.error();
  if (verdicts->size() != 1) return unexpected();
  return std::move(verdicts->front());
}

Answer<std::vector<VerdictAnswer>> Client::authenticate_many(
    std::span<const projections::Question> questions) {
  auto verdicts =
      call<std::vector<VerdictAnswer>>(AskVerdicts{.questions = questions, .form = AnswerForm::kVerdicts});
  if (verdicts.ok() && verdicts->size() != questions.size()) return unexpected();
  return verdicts;
}

Answer<DoneAnswer> Client::run(RunCommand run) {
  auto* import = std::get_if<commands::ImportKeys>(&run.command);
  const std::size_t objects = import == nullptr ? 0 : std::max(import->users.size(), import->keys.size());
  if (objects <= kObjectsPerImportPart) return call<DoneAnswer>(std::move(run));

  // All parts but the last get no answer of their own.
  const std::uint64_t id = last_id_ + 1;
  commands::ImportKeys whole = std::move(*import);
  for (std::size_t begin = 0; begin < objects; begin += kObjectsPerImportPart) {
    run.command = commands::ImportKeys{.account = whole.account,
                                       .users = take_some(whole.users, begin, kObjectsPerImportPart),
                                       .keys = take_some(whole.keys, begin, kObjectsPerImportPart)};
    run.more = begin + kObjectsPerImportPart < objects;
    if (!run.more) return call<DoneAnswer>(std::move(run));
    if (auto sent = send({.id = id, .body = run}); !sent) return failure_of(sent.error());
  }
  ENSURE(false, "the last part ends the import");
}

Answer<ActiveKeyAnswer> Client::active_key(std::string client) {
  return call<ActiveKeyAnswer>(AskActiveKey{std::move(client)});
}

Answer<Stats> Client::stats() { return call<Stats>(AskStats{}); }

Answer<StateDigestAnswer> Client::state_digest() { return call<StateDigestAnswer>(AskStateDigest{}); }

Answer<ledger::Position> Client::rows(RequestBody ask,
                                      const std::function<void(std::vector<projections::Row>)>& each) {
  ledger::Position position;
  bool is_other = false;
  const auto done = exchange(std::move(ask), [&](ResponseBody body) {
    auto* answer = std::get_if<RowsAnswer>(&body);
    is_other = is_other || answer == nullptr;
    if (is_other) return;
    position = answer->position;
    each(std::move(answer->rows));
  });
  if (!done) return done.error();
  if (is_other) return unexpected();
  return position;
}

Answer<std::uint64_t> Client::history(AskHistory ask,
                                      const std::function<void(std::vector<projections::HistoryRow>)>& each) {
  bool is_other = false;
  auto chunks = exchange(std::move(ask), [&](ResponseBody body) {
    auto* rows = std::get_if<std::vector<projections::HistoryRow>>(&body);
    is_other = is_other || rows == nullptr;
    if (!is_other) each(std::move(*rows));
  });
  if (chunks.ok() && is_other) return unexpected();
  return chunks;
}

}  // namespace keyledger::net
