// Service: the answers of a daemon to every request but verdicts, for every protocol.
//
// The service brings the threads together. The home thread (the thread that runs `executor`) calls every
// function here, unless the function says otherwise, and runs the callbacks. The writer's thread owns the
// catalog. A reader thread reads the log for long answers. Other serving threads pass their requests on to
// the home thread. No answer shows an event that is not yet durable.
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
#include "net/service/principal.h"
#include "net/service/publications.h"
#include "projections/state.h"

namespace keyledger::net {

// Fills bytes with randomness fit for secrets. Returns false if the system gives no randomness. Any thread.
using Entropy = std::function<bool(std::span<std::uint8_t>)>;

// Returns a state from which the fold to a past moment begins: the newest known state within the limit.
// Called on the reader's thread.
using BeginPastState = std::function<projections::State(const projections::FoldLimit&)>;

// A part of a long answer. A Failure is always the last part.
struct Chunk {
  ResponseBody body;
  bool last = false;
};

// A long answer, pulled chunk by chunk so that a slow reader costs no memory. The caller must wait for the
// callback of next() before the next call, and must not call next() after the last chunk. The stream may be
// dropped at any time.
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
    const ledger::EventLog& log;
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

  // Each call gets the principal that asks. No call decides by the principal yet; run() records the
  // principal's actor and origin with the events of the command.

  // Runs a command. `more`: the parts of an import after the part in `run`.
  void run(const Principal& principal, RunCommand run, std::vector<commands::ImportKeys> more,
           std::function<void(ResponseBody)> done);
  void stats(const Principal& principal, std::function<void(ResponseBody)> done);
  void state_digest(const Principal& principal, std::function<void(ResponseBody)> done);
  ResponseBody active_key(const Principal& principal, const AskActiveKey& ask);

  std::shared_ptr<AnswerStream> list(const Principal& principal, AskList ask);
  std::shared_ptr<AnswerStream> keys_of_client(const Principal& principal, AskKeysOfClient ask);
  std::shared_ptr<AnswerStream> history(const Principal& principal, AskHistory ask);
  std::shared_ptr<AnswerStream> state(const Principal& principal, AskState ask);

  const Parts& parts() const { return parts_; }

  // Any thread. Runs the step on the home thread: at once if the caller is on the home thread.
  template <typename Step>
  void at_home(Step step) {
    boost::asio::dispatch(parts_.executor, std::move(step));
  }

  // Any thread. Runs the step on the home thread when the hot state includes everything published so far.
  static void post(const Parts& parts, Publications::Step step);

 private:
  // Fills in the fields of the entity that the hot state knows.
  void complete_entity(commands::Done& done);

  Parts parts_;
};

}  // namespace keyledger::net
