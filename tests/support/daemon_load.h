// A load on a daemon that is killed under it, and a journal of what it had acknowledged by then.
//
// Nothing here asserts: threads write down what is wrong, and the test reads it when they have ended.
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

// Ends the daemon once so many commands have been acknowledged and so many verdicts received. Any thread.
class Fuse {
 public:
  Fuse(pid_t daemon, std::int64_t commands, std::int64_t verdicts, int signal = SIGKILL)
      : daemon_(daemon), signal_(signal), commands_(commands), verdicts_(verdicts) {}

  void command_acknowledged();
  void verdict_received();

 private:
  void blow_if_due();

  const pid_t daemon_;
  const int signal_;
  std::atomic<std::int64_t> commands_;
  std::atomic<std::int64_t> verdicts_;
};

// A command that the daemon said it had done.
struct Acknowledged {
  std::string idempotency_id;
  std::string event;   // its one event; empty if what it asked for was so already
  std::string key_id;  // that the event is about
  ledger::Position first;
  ledger::Position position;
};

using CountOfReason = std::map<ledger::VerdictReason, std::uint64_t>;

struct Journal {
  std::vector<Acknowledged> commands;
  std::map<std::string, std::uint64_t> asked;     // questions sent, by key_id
  std::map<std::string, CountOfReason> received;  // verdicts, by key_id
  std::vector<std::string> complaints;            // about answers that are wrong in themselves
};

struct OwnedKey {
  std::string key_id;
  std::string token;  // empty: the answer that held it was lost
  bool active = true;
  bool assigned = false;
};

// Creates, switches and assigns keys of its own, one command after the other, and knows what each of them
// must answer. It outlives the daemon: a command whose answer was lost is sent again, with its idempotency
// id, as soon as there is a daemon again. One thread at a time.
class LoadOperator {
 public:
  LoadOperator(std::string name, std::string account, std::string username, std::string client);

  // Sends `count` commands; false if the connection failed before.
  bool work(net::Client& client, std::mt19937_64& random, Fuse& fuse, std::uint64_t count);

  // Until the connection fails.
  void work_until_killed(net::Client& client, std::mt19937_64& random, Fuse& fuse);

  const Journal& journal() const { return journal_; }
  const std::vector<OwnedKey>& keys() const { return keys_; }
  // The key whose last command may or may not have been done.
  std::string key_in_doubt() const { return pending_ ? pending_->key_id : std::string(); }

 private:
  enum class Verb : std::uint8_t { kCreate, kActivate, kDeactivate, kAssign, kUnassign };

  // A command that has been sent and not been answered.
  struct Pending {
    Verb verb{};
    std::size_t key = 0;  // index into keys_, unless it creates one
    std::string key_id;
    std::string name;  // of the key that it creates
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
