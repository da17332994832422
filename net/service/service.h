// Service: what a daemon answers, whoever carries the question.
//
// It brings the threads together. The home thread (the one that runs `executor`) calls every function here,
// unless it says otherwise, and gets the callbacks; the writer's thread owns the catalog; one reader thread
// reads the log for long answers; other serving threads come home with everything but verdicts. Nothing that
// is not yet durable shows in any answer.
#pragma once

#include <boost/asio/dispatch.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "commands/authenticator.h"
#include "commands/writer.h"
#include "net/service/answer_stream.h"
#include "net/service/messages.h"
#include "net/service/parts.h"

namespace keyledger::net {

// Who is at the other end of a connection.
struct Peer {
  ledger::Actor actor;
  ledger::Origin origin;
};

class Service {
 public:
  using Parts = ServiceParts;

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

  // Any thread. Calls `done` when everything that was appended before this call is on the disk, or could not
  // be put there; see commands::Writer::sync_soon().
  void sync_soon(std::function<void(ledger::Result<void>)> done);

  // Any thread. Runs the step on the home thread; at once if this is it.
  template <typename Step>
  void at_home(Step step) {
    boost::asio::dispatch(parts_.executor, std::move(step));
  }

 private:
  // Fills in what the hot state knows of the entity.
  void complete_entity(commands::Done& done);

  Parts parts_;
};

}  // namespace keyledger::net
