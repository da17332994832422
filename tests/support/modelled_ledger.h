// ModelledLedger: a ledger wired as the daemon wires it, used at random, beside models of it.
//
// Whatever is asked of it is asked of a model too, and the test fails where the answers differ.
// Commands are decided and durable at once, and published later, as if their sync took its time; uses
// are judged and written in between. There are two models for that: of what is decided, and of what is
// published, from which questions are answered. One thread at a time, beside the writer's own.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "commands/authenticator.h"
#include "commands/writer.h"
#include "ledger/event_log.h"
#include "projections/state.h"
#include "tests/support/ledger_dice.h"
#include "tests/support/ledger_model.h"
#include "tests/support/manual_clock.h"

namespace keyledger::tests {

// What has happened, so that a test can see that something did.
struct Tally {
  std::map<std::size_t, std::uint64_t> done;  // commands that changed something, by their place in Command
  std::map<ledger::RefusalCode, std::uint64_t> refused;
  std::map<ledger::VerdictReason, std::uint64_t> judged;
  std::uint64_t repeated = 0;
  std::uint64_t superseded = 0;  // let in by a secret that was rotated away
  std::uint64_t raced = 0;       // answered while a command waited for its publication

  void add(const Tally& other);
};

ModelVerdict model_of(const projections::Access& access, const projections::Verdict& verdict);
// Must not outlive what was asked.
projections::Question question_of(const ModelQuestion& asked);

// What the writer has published, kept from the serving thread until the test lets it have it.
class PublishedBatches {
 public:
  struct Batch {
    std::vector<ledger::Record> records;
    std::vector<commands::Writer::Reply> replies;
  };

  // On the writer's thread.
  void put(std::vector<ledger::Record> records, std::vector<commands::Writer::Reply> replies);
  // Everything up to the answers of so many commands; waits for them.
  Batch take(std::size_t replies);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  Batch batch_;  // guarded by mutex_
};

class ModelledLedger {
 public:
  explicit ModelledLedger(std::uint64_t seed);
  ModelledLedger(const ModelledLedger&) = delete;
  ModelledLedger& operator=(const ModelledLedger&) = delete;

  void step();
  // Publishes and writes everything: then the live state is whole. It is compared, its digest noted.
  void settle();
  // Writes the counts of strangers too, after which nothing is left to be written.
  void finish();

  const ledger::IndexedLog& log() const { return *log_; }
  const LedgerModel& model() const { return published_; }
  const Tally& tally() const { return tally_; }
  // Digests of the live state, where it was whole.
  const std::map<ledger::Position, ledger::Hash>& live() const { return live_; }

  // What was asked and answered, with the position of the answer.
  struct Answered {
    ModelQuestion question;
    ledger::Timestamp now;
    ModelVerdict verdict;
    ledger::Position position;
  };
  const std::vector<Answered>& answered() const { return answered_; }

 private:
  // Commands that were decided together, and what the model said of them.
  struct Held {
    PublishedBatches::Batch batch;
    std::vector<SpokenCommand> spoken;
    std::vector<LedgerModel::Answer> expected;
    std::vector<std::optional<commands::Outcome>> outcomes;
    ledger::Timestamp now;
  };

  std::vector<SpokenCommand> draw(std::size_t count);
  void submit(std::vector<SpokenCommand> spoken);
  void publish(std::size_t count);
  void compare(const Held& held, std::size_t i);
  void ask();
  void expect_refresh(const ModelVerdict& verdict, ledger::Timestamp now);
  void flush();
  void pass_refreshes_on();
  void forget_moved(const std::vector<ledger::Record>& records);
  void look(const std::function<void(const projections::Catalog&)>& at);
  ledger::Hash live_digest();
  void compare_rows();

  LedgerDice dice_;
  ManualClock clock_;
  std::unique_ptr<ledger::IndexedLog> log_;
  LedgerModel decided_;
  LedgerModel published_;
  std::deque<Held> held_;
  PublishedBatches batches_;
  std::map<std::string, ledger::Timestamp> refreshing_;  // keys whose refresh was asked for, and when
  commands::RefreshKeys refreshes_due_;
  commands::RefreshKeys refreshes_given_;
  std::vector<Answered> answered_;
  std::map<ledger::Position, ledger::Hash> live_;
  Tally tally_;
  commands::Authenticator authenticator_;
  commands::Writer writer_;  // last: it is stopped before what it publishes to is gone
};

}  // namespace keyledger::tests
