#include "net/client.h"

#include <fmt/format.h>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>

#include "net/wire/codec.h"
#include "net/wire/frame.h"

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
  return {ErrorCode::kDisconnected,
          error == asio::error::eof ? "the daemon closed the connection" : error.message()};
}

Failure unexpected() {
  return failure_of(Error{ErrorCode::kProtocol, "the answer does not belong to the question"});
}

// The size of an import's part, at most. Questions wait while the daemon reads a part, so parts are small.
constexpr std::size_t kObjectsPerImportPart = 512;
constexpr std::size_t kBytesPerImportPart = std::size_t{4} << 20;

std::size_t bytes_of(const std::vector<std::string>& texts) {
  std::size_t bytes = 0;
  for (const std::string& text : texts) bytes += text.size() + sizeof(std::uint64_t);
  return bytes;
}

// Each bytes_of() returns about as many bytes as the object takes on the wire, rather more than fewer.
std::size_t bytes_of(const commands::ImportedAccount& account) { return 64 + account.name.size(); }
std::size_t bytes_of(const commands::ImportedClient& client) { return 64 + client.name.size(); }
std::size_t bytes_of(const commands::ImportedUser& user) {
  return 64 + user.username.size() + bytes_of(user.accounts);
}
std::size_t bytes_of(const commands::ImportedKey& key) {
  std::size_t bytes = 512 + key.base_name.size() + key.description.size() + key.username.size();
  bytes += bytes_of(key.tags) + bytes_of(key.clients) + 48 * key.allow.size() + 128 * key.rotations.size();
  for (const ledger::Annotation& note : key.annotations) bytes += 32 + note.name.size() + note.value.size();
  return bytes;
}

// Cuts an import into parts, in the order of the import.
class ImportParts {
 public:
  explicit ImportParts(commands::ImportKeys whole) : whole_(std::move(whole)) {}

  commands::ImportKeys next() {
    commands::ImportKeys part{.account = whole_.account,
                              .origin = whole_.origin,
                              .mode = whole_.mode,
                              .take = whole_.take,
                              .policy = whole_.policy};
    room_ = kBytesPerImportPart;
    objects_ = 0;
    take(whole_.accounts, accounts_, part.accounts);
    take(whole_.users, users_, part.users);
    take(whole_.clients, clients_, part.clients);
    take(whole_.keys, keys_, part.keys);
    return part;
  }

  bool is_empty() const {
    return accounts_ == whole_.accounts.size() && users_ == whole_.users.size() &&
           clients_ == whole_.clients.size() && keys_ == whole_.keys.size();
  }

 private:
  template <typename T>
  void take(std::vector<T>& from, std::size_t& taken, std::vector<T>& to) {
    for (; taken < from.size() && objects_ < kObjectsPerImportPart; ++taken, ++objects_) {
      const std::size_t bytes = bytes_of(from[taken]);
      if (bytes > room_ && objects_ > 0) {
        objects_ = kObjectsPerImportPart;  // the part is full
        return;
      }
      room_ -= std::min(room_, bytes);
      to.push_back(std::move(from[taken]));
    }
  }

  commands::ImportKeys whole_;
  std::size_t accounts_ = 0;  // already in a part; likewise the next three
  std::size_t users_ = 0;
  std::size_t clients_ = 0;
  std::size_t keys_ = 0;
  std::size_t room_ = 0;  // in the part that is being filled
  std::size_t objects_ = 0;
};

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
    if (!frame) return Error{ErrorCode::kProtocol, frame.error().detail};
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
    if (auto* failure = std::get_if<Failure>(&response->body)) return with_versions(std::move(*failure));
    if (response->id != id) return unexpected();
    const bool more = response->more;
    each(std::move(response->body));
    if (!more) return chunks;
  }
}

Failure Client::with_versions(Failure failure) {
  if (failure.code != static_cast<std::uint16_t>(ErrorCode::kNotSupported)) return failure;
  const auto daemon = hello();
  if (!daemon) return failure;
  failure.message += fmt::format(
      " (the daemon is keyledgerd {} with revision {} of the protocol, the caller has revision {})",
      daemon->version, daemon->revision, kProtocolRevision);
  return failure;
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
  if (import == nullptr) return call<DoneAnswer>(std::move(run));

  // The daemon answers the last part only.
  const std::uint64_t id = last_id_ + 1;
  ImportParts parts(std::move(*import));
  for (;;) {
    run.command = parts.next();
    run.more = !parts.is_empty();
    if (!run.more) return call<DoneAnswer>(std::move(run));
    if (auto sent = send({.id = id, .body = run}); !sent) return failure_of(sent.error());
  }
}

Answer<ActiveKeyAnswer> Client::active_key(std::string client) {
  return call<ActiveKeyAnswer>(AskActiveKey{std::move(client)});
}

Answer<HelloAnswer> Client::hello() { return call<HelloAnswer>(AskHello{}); }

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
