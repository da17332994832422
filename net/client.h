// Client: a connection to keyledgerd, for command lines and simple callers.
//
// Blocking; one thread at a time. call() asks and waits; send() and receive() let many requests be in flight.
// After a failure of the connection every further call fails.
#pragma once

#include <functional>
#include <memory>

#include "net/endpoint.h"
#include "net/service/messages.h"

namespace keyledger::net {

// What the daemon answered, or why not: its own failure, or the connection's.
template <typename T>
using Answer = ledger::Result<T, Failure>;

class Client {
 public:
  // kCannotConnect.
  static ledger::Result<std::unique_ptr<Client>> connect(const Endpoint& endpoint);

  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  ledger::Result<void> send(const Request& request);
  ledger::Result<Response> receive();

  // One question, one verdict.
  Answer<VerdictAnswer> authenticate(const projections::Question& question);
  Answer<std::vector<VerdictAnswer>> authenticate_many(std::span<const projections::Question> questions);

  // A command. A large import is sent in parts.
  Answer<DoneAnswer> run(RunCommand run);

  Answer<ActiveKeyAnswer> active_key(std::string client);
  Answer<Stats> stats();
  Answer<StateDigestAnswer> state_digest();

  // Long answers: `each` is called with every chunk as it comes. The position is that of the answering state.
  Answer<ledger::Position> rows(RequestBody ask,
                                const std::function<void(std::vector<projections::Row>)>& each);
  Answer<std::uint64_t> history(AskHistory ask,
                                const std::function<void(std::vector<projections::HistoryRow>)>& each);

 private:
  struct Connection;

  explicit Client(std::unique_ptr<Connection> connection);

  // Asks with a fresh id and hands over each response to it until the last.
  Answer<std::uint64_t> exchange(RequestBody body, const std::function<void(ResponseBody)>& each);
  template <typename Body>
  Answer<Body> call(RequestBody body);

  std::unique_ptr<Connection> connection_;
  std::uint64_t last_id_ = 0;
};

}  // namespace keyledger::net
