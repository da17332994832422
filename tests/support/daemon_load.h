// A load on a daemon until a test kills the daemon, and a journal of everything acknowledged by then.
//
// Nothing here asserts: threads record faults in their journals, and the test reads the journals after the
// threads end.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "net/client.h"

namespace keyledger::tests {

// Ends the daemon after the given numbers of acknowledged commands and received verdicts. Any thread.
class Fuse {
 public:
  Fuse(pid_t daemon, std::int64_t commands, std::int64_t verdicts, int signal = SIGKILL)
      : daemon_(daemon), signal_(signal), commands_(commands), verdicts_(verdicts) {}

  // Counts one acknowledged command or one received verdict; sends the signal when both numbers are reached.
  void command_acknowledged();
  void verdict_received();

 private:
  void blow_if_due();

  const pid_t daemon_;
  const int signal_;
  std::atomic<std::int64_t> commands_;
  std::atomic<std::int64_t> verdicts_;
};

// A command that the daemon reported as done.
struct Acknowledged {
  std::string idempotency_id;
  std::string event;   // the command's only event; empty if the command changed nothing
  std::string key_id;  // the key that the event concerns
  ledger::Position first;
  ledger::Position position;
};

using CountOfReason = std::map<ledger::VerdictReason, std::uint64_t>;

struct Journal {
  std::vector<Acknowledged> commands;
  std::map<std::string, std::uint64_t> asked;     // questions sent, by key_id
  std::map<std::string, CountOfReason> received;  // verdicts, by key_id
  std::vector<std::string> complaints;            // answers that are wrong, whatever the log says
};

struct OwnedKey {
  std::string key_id;
  std::string token;  // empty if the answer with the token was lost
  bool active = true;
  bool assigned = false;
};

// Creates, switches and assigns its own keys, one command after the other, and knows the right verdict for
// each key. The operator outlives the daemon: a command without an answer is sent again, with its idempotency
// id, after the daemon has been restarted. One thread at a time.
class LoadOperator {
 public:
  // `name` begins the names of the keys and the idempotency ids; the keys belong to `username`, and are
  // assigned to `client`.
  LoadOperator(std::string name, std::string account, std::string username, std::string client);

  // Sends `count` commands. Returns false if the connection failed before.
  bool work(net::Client& client, std::mt19937_64& random, Fuse& fuse, std::uint64_t count);

  // Sends commands until the connection fails.
  void work_until_killed(net::Client& client, std::mt19937_64& random, Fuse& fuse);

  const Journal& journal() const { return journal_; }
  const std::vector<OwnedKey>& keys() const { return keys_; }
  // Returns the key whose last command is unanswered: the daemon may or may not have done that command.
  std::string key_in_doubt() const { return pending_ ? pending_->key_id : std::string(); }

 private:
  enum class Verb : std::uint8_t { kCreate, kActivate, kDeactivate, kAssign, kUnassign };

  // A command that was sent and has no answer yet.
  struct Pending {
    Verb verb{};
    std::size_t key = 0;  // index into keys_; unused by kCreate
    std::string key_id;
    std::string name;  // the name of the key that kCreate makes
    std::string idempotency_id;
  };

  Pending choose(std::mt19937_64& random);
  net::RunCommand command_of(const Pending& pending) const;
  bool send_pending(net::Client& client, Fuse& fuse);
  void acknowledge(const Pending& pending, net::DoneAnswer answer);
  bool check_verdict(net::Client& client, const OwnedKey& key, Fuse& fuse);

  const std::string name_;
  const std::string account_;
  const std::string username_;
  const std::string client_;
  std::vector<OwnedKey> keys_;
  std::optional<Pending> pending_;
  std::uint64_t commands_ = 0;
  Journal journal_;
};

// Presents tokens, many at once, until the connection fails.
void present_until_killed(net::Client& client, const std::vector<OwnedKey>& keys, std::mt19937_64& random,
                          Fuse& fuse, Journal& journal);

}  // namespace keyledger::tests
