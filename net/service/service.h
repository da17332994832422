// Service: the answers of a daemon to every request but verdicts, for every protocol.
//
// The service brings the threads together. The home thread (the thread that runs `executor`) calls every
// function here, unless the function says otherwise, and runs the callbacks. The writer's thread owns the
// catalog. A reader thread reads the log for long answers. Other serving threads pass their requests on to
// the home thread. No answer shows an event that is not yet durable.
#pragma once

#include <boost/asio/dispatch.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "commands/authenticator.h"
#include "commands/writer.h"
#include "net/service/answer_stream.h"
#include "net/service/kept_lists.h"
#include "net/service/messages.h"
#include "net/service/parts.h"
#include "net/service/principal.h"

namespace keyledger::net {

class Service {
 public:
  using Parts = ServiceParts;

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
  // Answers without waiting for the catalog. The protocol adds its revision and its limits.
  HelloAnswer hello(const Principal& principal);

  std::shared_ptr<AnswerStream> list(const Principal& principal, AskList ask);
  std::shared_ptr<AnswerStream> keys_of_client(const Principal& principal, AskKeysOfClient ask);
  std::shared_ptr<AnswerStream> history(const Principal& principal, AskHistory ask);
  std::shared_ptr<AnswerStream> state(const Principal& principal, AskState ask);

  // Any thread. Calls `done` when everything that was appended before this call is on the disk, or could not
  // be put there; see commands::Writer::sync_soon().
  void sync_soon(std::function<void(ledger::Result<void>)> done);

  // Any thread. Runs the step on the home thread: at once if the caller is on the home thread.
  template <typename Step>
  void at_home(Step step) {
    boost::asio::dispatch(parts_.executor, std::move(step));
  }

 private:
  // Fills in the fields of the entity that the hot state knows.
  void complete_entity(commands::Done& done);

  Parts parts_;
  UnfinishedLists lists_;
};

}  // namespace keyledger::net
