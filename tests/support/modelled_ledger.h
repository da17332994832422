// ModelledLedger: a ledger wired like the daemon's, driven at random and compared with models.
//
// Every request also goes to a model, and the test fails if the answers differ. Commands are decided and
// durable at once but published later, as if their sync took time; uses are judged and written in between.
// Two models are therefore kept: one of the decided state, and one of the published state, from which
// questions are answered. One thread at a time, beside the writer's own thread.
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

// Counts of the events in a run; a test checks that each kind occurred.
struct Tally {
  std::map<std::size_t, std::uint64_t> done;  // commands that changed something, by their index in Command
  std::map<ledger::RefusalCode, std::uint64_t> refused;
  std::map<ledger::VerdictReason, std::uint64_t> judged;
  std::uint64_t repeated = 0;
  std::uint64_t superseded = 0;  // allowed by a secret already replaced in a rotation
  std::uint64_t raced = 0;       // answered while a command waited for its publication

  void add(const Tally& other);
};

// Returns the verdict in the form of the model.
ModelVerdict model_of(const projections::Access& access, const projections::Verdict& verdict);
// Returns `asked` as a question to the ledger. The question must not outlive `asked`.
projections::Question question_of(const ModelQuestion& asked);

// Keeps the writer's publications from the serving thread until the test releases them.
class PublishedBatches {
 public:
  struct Batch {
    std::vector<ledger::Record> records;
    std::vector<commands::Writer::Reply> replies;
  };

  // Adds a publication. Called on the writer's thread.
  void put(std::vector<ledger::Record> records, std::vector<commands::Writer::Reply> replies);
  // Waits for the answers of `replies` commands and returns everything up to the last of these answers.
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

  // Moves the clock on, then does something random: submits commands, publishes, or asks and writes uses.
  void step();
  // Publishes and writes everything to make the live state complete, then compares the state and notes its
  // digest.
  void settle();
  // Also writes the counts of questions without a key; afterwards nothing is left to write.
  void finish();

  const ledger::IndexedLog& log() const { return *log_; }
  const LedgerModel& model() const { return published_; }
  const Tally& tally() const { return tally_; }
  // Returns the digests of the live state at the positions where the state was complete.
  const std::map<ledger::Position, ledger::Hash>& live() const { return live_; }

  // A question and its answer, with the position of the answer.
  struct Answered {
    ModelQuestion question;
    ledger::Timestamp now;
    ModelVerdict verdict;
    ledger::Position position;
  };
  const std::vector<Answered>& answered() const { return answered_; }

 private:
  // Commands that were decided together, and the model's answers.
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
  std::map<std::string, ledger::Timestamp> refreshing_;  // requested refreshes: key and time
  commands::RefreshKeys refreshes_due_;
  commands::RefreshKeys refreshes_given_;
  std::vector<Answered> answered_;
  std::map<ledger::Position, ledger::Hash> live_;
  Tally tally_;
  commands::Authenticator authenticator_;
  commands::Writer writer_;  // last, so that the writer stops before its targets are destroyed
};

}  // namespace keyledger::tests
