// Client: a connection to keyledgerd, for command lines and simple callers.
//
// Calls block; one thread at a time. authenticate(), run() and the other calls ask and wait for the answer;
// send() and receive() allow many requests in flight. After a failure of the connection every further call
// fails.
#pragma once

#include <functional>
#include <memory>

#include "net/endpoint.h"
#include "net/service/messages.h"

namespace keyledger::net {

// The answer of the daemon, or why the request or the connection failed.
template <typename T>
using Answer = ledger::Result<T, Failure>;

class Client {
 public:
  // Fails with kCannotConnect.
  static ledger::Result<std::unique_ptr<Client>> connect(const Endpoint& endpoint);

  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  ledger::Result<void> send(const Request& request);
  ledger::Result<Response> receive();

  // Asks one question.
  Answer<VerdictAnswer> authenticate(const projections::Question& question);
  Answer<std::vector<VerdictAnswer>> authenticate_many(std::span<const projections::Question> questions);

  // Runs a command. A large import is sent in parts.
  Answer<DoneAnswer> run(RunCommand run);

  // Asks for the daemon's version and limits. A daemon of revision 1 answers with kProtocol.
  Answer<HelloAnswer> hello();
  Answer<ActiveKeyAnswer> active_key(std::string client);
  Answer<Stats> stats();
  Answer<StateDigestAnswer> state_digest();

  // Two long answers: calls `each` with every chunk as the chunk comes. rows() returns the position of the
  // state that answered, history() the number of chunks.
  Answer<ledger::Position> rows(RequestBody ask,
                                const std::function<void(std::vector<projections::Row>)>& each);
  Answer<std::uint64_t> history(AskHistory ask,
                                const std::function<void(std::vector<projections::HistoryRow>)>& each);

 private:
  struct Connection;

  explicit Client(std::unique_ptr<Connection> connection);

  // Sends a request with a fresh id, and calls `each` with every response until the last. Returns the number
  // of responses.
  Answer<std::uint64_t> exchange(RequestBody body, const std::function<void(ResponseBody)>& each);
  template <typename Body>
  Answer<Body> call(RequestBody body);
  // Adds the versions of both programs to a failure that one of them causes by being older than the other.
  Failure with_versions(Failure failure);

  std::unique_ptr<Connection> connection_;
  std::uint64_t last_id_ = 0;
};

}  // namespace keyledger::net
