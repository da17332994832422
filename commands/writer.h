// Writer: decides the commands of a ledger, one after the other, on a catalog owned by the writer alone.
//
// The writer's thread takes commands and queries from a CommandQueue, decides the commands, and has a
// Committer append and sync the events. Commands arriving during a sync are decided one after the other and
// share the next sync. A command is published (visible to queries, and acknowledged) only when on the disk.
//
// The writer may begin without a catalog, and has the catalog made on another thread. Until then commands and
// queries wait in order, while uses are taken and synced. Uses are appended by one other thread, beside the
// commands; uses are written to the operating system when append_uses() returns, and synced within about a
// second.
//
// A failed append or sync is final, whatever the outcome, because the catalog already has the decided
// commands. The writer refuses every further command and use with the error of the first failure. The error's
// code tells whether the records are in the log: not done (kHeadMoved, kRecordTooLarge), uncertain
// (kWriteFailed), or deposed (kDeposed: another writer has taken over).
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "commands/command.h"
#include "commands/command_queue.h"
#include "commands/committer.h"
#include "commands/outcome.h"
#include "ledger/event_log.h"
#include "projections/catalog.h"

namespace keyledger::commands {

// An import is cut into records of at most this many events, because a fold may pause only between two
// records.
constexpr std::size_t kImportEventsPerRecord = 512;
// At most this many commands are decided in one go; more wait for the next sync.
constexpr std::size_t kCommandsPerCommitMax = 4'096;

class Writer {
 public:
  using View = CatalogView;
  using Reply = std::function<void()>;
  using MakeCommand = CommandQueue::MakeCommand;
  using Query = std::function<void(const ledger::Result<View>&)>;

  // Makes the catalog as of the log's head at the construction of the writer. An error is final, and is then
  // the answer to every command and query. Soon after a stop is requested, returns with any error.
  using Supply = std::function<ledger::Result<projections::Catalog>(const std::stop_token& stopping)>;

  struct Parts {
    ledger::Log& log;
    const ledger::LogIndex& index;                // index of the same log
    std::optional<projections::Catalog> catalog;  // folded to the log's head; without one, `supply` is called
    ledger::Clock clock;
    // Called on the writer's thread after a sync, in the order of the log: must apply the records, then run
    // the replies.
    std::function<void(std::vector<ledger::Record>, std::vector<Reply>)> publish;
    // Called on the writer's thread with a head that is on the disk. May be empty. After a failure, the
    // writer stops.
    std::function<ledger::Result<void>(const ledger::LogHead&)> note_durable;
    // Called at once if there is no catalog, on another thread.
    Supply supply = {};
    // The time that stop() waits for `supply` before requesting the stop, because a catalog that is nearly
    // whole makes a snapshot worth leaving.
    std::chrono::milliseconds supply_patience = std::chrono::seconds(1);
  };

  explicit Writer(Parts parts);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer();  // stops

  // Any thread. `reply` is called where publish() runs the replies, exactly once. While stopping, `reply` is
  // called with kStopping on the calling thread. RefreshKeys commands are dropped, without a reply, while
  // there is no catalog.
  void submit(Command command, CommandContext context, std::function<void(Outcome)> reply);
  // As above, but `make` is called on the writer's thread to build the command when its turn has come.
  void submit(MakeCommand make, CommandContext context, std::function<void(Outcome)> reply);

  // Any thread. `query` is called on the writer's thread, between commits, and must be short. While stopping,
  // `query` is called with kStopping on the calling thread.
  void query(Query query);

  // Any thread. `done` is called where publish() runs the replies, exactly once, when everything appended
  // before this call is on the disk, or has failed. If commands wait, the sync of the commands is used. While
  // stopping, `done` is called with kStopping on the calling thread.
  void sync_soon(std::function<void(ledger::Result<void>)> done);

  // One thread at a time. Fills in position, index and time.
  ledger::Result<void> append_uses(std::span<ledger::Record> records);

  // Any thread. Returns true if a command would be decided now: the catalog is there, no write has failed,
  // and the writer is not stopping.
  bool is_ready() const { return is_ready_; }

  // Finishes and syncs all submitted commands, and ends the thread. Later submissions are refused with
  // kStopping, and so are commands and queries that still wait for the catalog; uses are still taken.
  void stop();

  // Syncs the uses appended since the last sync. After stop(), before the log is closed.
  ledger::Result<void> sync_uses();

  // After stop(): the catalog at the end; null without a catalog, and null if a decided command is missing in
  // the log.
  const projections::Catalog* catalog() const;
  // After stop(): the failed write, or why no catalog could be made. Nothing if the supply was only stopped.
  std::optional<ledger::Error> failure() const;

 private:
  // A command that has been decided and waits for its commit.
  struct Staged {
    Outcome outcome;
    std::size_t first_record = 0;  // in the batch
    std::size_t records = 0;
    std::function<void(Outcome)> reply;
  };
  struct Batch {
    std::vector<ledger::Record> records;
    std::vector<Staged> staged;
    std::vector<CommandQueue::SyncRequest> syncs;
    std::unordered_set<std::string> ids;  // idempotency ids of all staged commands
  };

  void run();
  void work_on(std::vector<CommandQueue::Item> items);
  // Without a catalog: answers a query, and adds the reply to a command to `replies`.
  void answer_without_catalog(CommandQueue::Item item, std::vector<Reply>& replies) const;
  void answer(const CommandQueue::Query& query) const;
  void stage(CommandQueue::PendingCommand pending, Batch& batch);
  Outcome decide_into(CommandQueue::PendingCommand& pending, Batch& batch);
  std::optional<Outcome> answer_repeat(const CommandQueue::PendingCommand& pending) const;
  void commit(Batch batch);
  void describe(const std::optional<ledger::EntityRef>& entity, const Command& command, Done& done) const;

  // Log and index are only read, to answer repeated commands.
  const ledger::Log& log_;
  const ledger::LogIndex& index_;
  ledger::Clock clock_;
  std::function<void(std::vector<ledger::Record>, std::vector<Reply>)> publish_;
  std::chrono::milliseconds supply_patience_;
  // Nothing until the catalog is supplied. Set by the supplying thread before queue_ is released, and used by
  // the writer's thread only for commands and queries: queue_ gives out neither before the release.
  std::optional<ledger::Result<projections::Catalog>> catalog_;
  std::atomic<bool> is_ready_ = false;
  Committer committer_;
  CommandQueue queue_;
  std::jthread supplier_;
  std::jthread thread_;
};

}  // namespace keyledger::commands
