// Writer: the one writer of a ledger. It decides, appends durably, publishes and replies, many commands to a
// sync.
//
// Its own thread owns the catalog. It may begin without one: commands and queries then wait, in their order,
// until the catalog is supplied, while uses are taken and synced. Commands that arrive while a sync is under
// way are decided one after the other and share the next sync. A command is published (and so visible to
// queries, and acknowledged) only when it is on the disk. Uses are appended from outside, by one other
// thread, beside the commands; they are written to the operating system when append_uses() returns, and
// synced within about a second.
//
// A failed append or sync is final, whatever its outcome: the catalog holds already what was decided. The
// writer refuses every further command and use with the error of the first failure, which tells whether the
// records are in the log: not done (kHeadMoved, kRecordTooLarge), uncertain (kWriteFailed), or deposed
// (kDeposed: another writer has taken over).
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "commands/command.h"
#include "commands/decide.h"
#include "ledger/event_log.h"
#include "projections/catalog.h"
#include "projections/rows.h"

namespace keyledger::commands {

// Who asks, from where, and what he says of it.
struct CommandContext {
  ledger::Actor actor;
  ledger::Origin origin;
  std::string reason;
  std::string idempotency_id;
  std::optional<std::uint32_t> expected_version;  // of the key that the command is about
};

constexpr std::size_t kReasonBytesMax = 1'000;
constexpr std::size_t kIdempotencyIdBytesMax = 64;
// Of an import, so that whoever folds it may pause between the records.
constexpr std::size_t kImportEventsPerRecord = 512;
// With so many events, or so many bytes, an append takes no further record: whoever appends uses waits for
// it.
constexpr std::size_t kEventsPerAppend = 1'024;
constexpr std::size_t kBytesPerAppend = std::size_t{1} << 20;
// Decided at most in one go; more wait for the next sync.
constexpr std::size_t kCommandsPerCommitMax = 4'096;

// A command that was done, or that was done already.
struct Done {
  ledger::Position first;     // of its events; kBeforeFirst if what it asked for was so already
  ledger::Position position;  // a state at this position or later includes it
  std::uint64_t events = 0;
  bool repeated = false;  // its idempotency id was known: this is what it did then
  // The entity it was about, as it is now, without usage; and its place for projections::complete().
  std::optional<projections::Row> entity;
  std::size_t place = 0;
  std::uint64_t users_added = 0;  // by an import
  std::uint64_t keys_added = 0;

  friend bool operator==(const Done&, const Done&) = default;
};

using Outcome = std::variant<Done, ledger::Refusal, ledger::Error>;

class Writer {
 public:
  struct View {
    const projections::Catalog& catalog;
    ledger::Position position;  // the log's head: the catalog is as of here, and durable; uses may not be yet
  };
  using Reply = std::function<void()>;
  // A command that takes long to put together, and where that fails, why.
  using MakeCommand = std::function<ledger::Result<Command>()>;
  using Query = std::function<void(const ledger::Result<View>&)>;

  // Makes the catalog as the log's head was when the writer was made, or says why there will be none; then
  // every command and every query is answered with that. Gives up, with any error, when `stopping` is set.
  using Supply = std::function<ledger::Result<projections::Catalog>(const std::atomic<bool>& stopping)>;

  struct Parts {
    ledger::Log& log;
    ledger::LogIndex& index;                      // of that log
    std::optional<projections::Catalog> catalog;  // folded to the log's head; nothing: `supply` gives it
    ledger::Clock clock;
    // Called on the writer's thread after a sync, in the order of the log: apply the records, then run the
    // replies.
    std::function<void(std::vector<ledger::Record>, std::vector<Reply>)> publish;
    // Called on the writer's thread with a head that is on the disk. May be empty.
    std::function<void(const ledger::LogHead&)> note_durable;
    // Called at once if there is no catalog, on a thread of its own.
    Supply supply = {};
    // How long stop() waits for it before it makes it give up: a state that is nearly whole is worth leaving.
    std::chrono::milliseconds supply_patience = std::chrono::seconds(1);
  };

  explicit Writer(Parts parts);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer();  // stops

  // Any thread. `reply` runs wherever publish() runs its replies, exactly once.
  void submit(Command command, CommandContext context, std::function<void(Outcome)> reply);
  // The same; `make` runs on the writer's thread, when it is the command's turn.
  void submit(MakeCommand make, CommandContext context, std::function<void(Outcome)> reply);

  // Any thread. `query` runs on the writer's thread, between commits: it must be short. While stopping it is
  // answered with kStopping on the caller's thread.
  void query(Query query);

  // Any thread. `done` runs wherever publish() runs its replies, exactly once, when all that was appended
  // before the call is on the disk or could not be put there: with the next commit's sync, or with one of its
  // own. While stopping it runs on the caller's thread, with kStopping.
  void sync_soon(std::function<void(ledger::Result<void>)> done);

  // One thread at a time. Fills in position, index and time.
  ledger::Result<void> append_uses(std::span<ledger::Record> records);

  // Finishes what was submitted, syncs, and ends the thread. What is submitted later is refused with
  // kStopping, and so is what waits for the catalog; uses are taken still.
  void stop();

  // Syncs the uses that were appended since the last sync. After stop(), before the log is closed.
  ledger::Result<void> sync_uses();

  // After stop(): the catalog at the end, if it was supplied and every command that was decided on it is in
  // the log.
  const projections::Catalog* catalog() const {
    return failure_ || !parts_.catalog ? nullptr : &*parts_.catalog;
  }
  // After stop(): the failed write, or why no catalog could be made, if it was not given up.
  std::optional<ledger::Error> failure() const;

 private:
  struct PendingCommand {
    Command command;
    CommandContext context;
    std::function<void(Outcome)> reply;
    MakeCommand make = {};  // it is not made yet
  };
  struct SyncRequest {
    std::function<void(ledger::Result<void>)> done;
  };
  using Item = std::variant<PendingCommand, Query, SyncRequest>;

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
    std::vector<SyncRequest> syncs;
    std::unordered_set<std::string> ids;  // of all that is staged
  };

  void submit(PendingCommand pending);
  void run();
  void make_catalog();
  void take_supplied(ledger::Result<projections::Catalog> supplied);
  // What can be done now, in its order: without a catalog, syncs alone. The rest is held, but for refreshes:
  // those are asked for by every use, and would pile up.
  std::vector<Item> workable(std::vector<Item> items);
  void refuse_held(const ledger::Error& why);
  void work_on(std::vector<Item> items);
  void stage(PendingCommand pending, Batch& batch);
  Outcome decide_into(PendingCommand& pending, Batch& batch);
  std::optional<Outcome> answer_repeat(const PendingCommand& pending) const;
  void commit(Batch batch);
  ledger::Result<void> append_and_sync(Batch& batch);
  // Appends `part`, which is the next part of `long_append`.
  ledger::Result<void> append(std::span<ledger::Record> part, ledger::LongAppend& long_append);
  ledger::Result<void> sync(const ledger::LogHead& head);
  // Holding append_mutex_. Final.
  ledger::Error fail(ledger::AppendFailure failure);
  void describe(const std::optional<ledger::EntityRef>& entity, const Command& command, Done& done) const;

  Parts parts_;
  std::optional<ledger::Error> catalog_failure_;  // why there will be no catalog
  std::vector<Item> held_;                        // until there is one

  // Orders appends: held while a batch is handed to the operating system, never across a sync or a decision.
  std::mutex append_mutex_;
  std::atomic<std::uint32_t> use_turns_ = 0;  // odd while append_uses() waits for the mutex
  std::optional<ledger::Error> failure_;      // guarded by append_mutex_
  bool uses_unsynced_ = false;                // guarded by append_mutex_

  std::mutex queue_mutex_;
  std::condition_variable queue_changed_;
  std::vector<Item> queue_;   // guarded by queue_mutex_
  bool stopping_ = false;     // guarded by queue_mutex_
  bool is_supplied_ = false;  // guarded by queue_mutex_
  std::condition_variable supply_ended_;
  std::optional<ledger::Result<projections::Catalog>> supplied_;  // guarded by queue_mutex_
  std::atomic<bool> gives_up_ = false;                            // whoever makes the catalog
  std::thread maker_;
  std::thread thread_;
};

}  // namespace keyledger::commands
