// Service: what a daemon answers, whoever carries the question.
//
// It brings the threads together. The home thread (the one that runs `executor`) calls every function here,
// unless it says otherwise, and gets the callbacks; the writer's thread owns the catalog; one reader thread
// reads the log for long answers; other serving threads come home with everything but verdicts. Nothing that
// is not yet durable shows in any answer.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <memory>
#include <string>

#include "commands/authenticator.h"
#include "commands/writer.h"
#include "net/service/messages.h"
#include "net/service/publications.h"
#include "projections/state.h"

namespace keyledger::net {

// Fills bytes with randomness fit for secrets; false if the system gives none. Any thread.
using Entropy = std::function<bool(std::span<std::uint8_t>)>;

// What the fold to a past moment begins with: a state within the limit, the nearer to it the better. The
// reader's thread.
using BeginPastState = std::function<projections::State(const projections::FoldLimit&)>;

// Who is at the other end of a connection.
struct Peer {
  ledger::Actor actor;
  ledger::Origin origin;
};

// One answer of several. A Failure is always the last.
struct Chunk {
  ResponseBody body;
  bool last = false;
};

// A long answer, pulled chunk by chunk so that a slow reader costs no memory. next() is not called again
// before its callback has come, nor after the last chunk. It may be dropped at any time.
class AnswerStream {
 public:
  AnswerStream() = default;
  AnswerStream(const AnswerStream&) = delete;
  AnswerStream& operator=(const AnswerStream&) = delete;
  virtual ~AnswerStream() = default;

  virtual void next(std::function<void(Chunk)> done) = 0;
};

class Service {
 public:
  struct Parts {
    boost::asio::any_io_executor executor;
    boost::asio::thread_pool& readers;
    const ledger::Log& log;
    const ledger::LogIndex& index;  // of that log
    commands::Writer& writer;
    commands::Authenticator& authenticator;
    Publications& publications;
    Entropy entropy;
    std::string ledger_id;
    std::string version;
    BeginPastState begin_past_state;
  };

  explicit Service(Parts parts);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  commands::Authenticator& authenticator() { return parts_.authenticator; }

  // `more`: of an import, the parts behind the one that it has.
  void run(RunCommand run, std::vector<commands::ImportKeys> more, const Peer& peer,
           std::function<void(ResponseBody)> done);
  void stats(std::function<void(ResponseBody)> done);
  void state_digest(std::function<void(ResponseBody)> done);
  ResponseBody active_key(const AskActiveKey& ask);

  std::shared_ptr<AnswerStream> list(AskList ask);
  std::shared_ptr<AnswerStream> keys_of_client(AskKeysOfClient ask);
  std::shared_ptr<AnswerStream> history(AskHistory ask);
  std::shared_ptr<AnswerStream> state(AskState ask);

  const Parts& parts() const { return parts_; }

  // Any thread. Runs the step on the home thread; at once if this is it.
  template <typename Step>
  void at_home(Step step) {
    boost::asio::dispatch(parts_.executor, std::move(step));
  }

  // Any thread. Runs the step on the home thread when the hot state includes all that was published.
  static void post(const Parts& parts, Publications::Step step);

 private:
  // Fills in what the hot state knows of the entity.
  void complete_entity(commands::Done& done);

  Parts parts_;
};

}  // namespace keyledger::net
