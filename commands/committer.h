// Committer: carries decided commands and judged uses into the log. No other part of a daemon writes to the
// log.
//
// Commands and uses are appended by two threads, one append after the other. An append is `written` (the
// operating system has the records) when the function returns; a sync puts everything appended before onto
// the disk, and notes the new head as durable. A very long append is cut into parts, and waiting uses go
// between two parts.
//
// A failed append or sync is final, whatever the outcome: the first error is kept, told once in the daemon's
// log together with the outcome, and is the answer to every later call.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <span>

#include "ledger/event_log.h"

namespace keyledger::commands {

// An append with this many events, or this many bytes, takes no further record, because uses have to wait for
// the end of the append.
constexpr std::size_t kEventsPerAppend = 1'024;
constexpr std::size_t kBytesPerAppend = std::size_t{1} << 20;

class Committer {
 public:
  // Called by commit() for a record with a later time than at the decision, because uses came before. May be
  // empty.
  using Redated = std::function<void(const ledger::Record&)>;
  // Called by the syncing thread, with a head that is on the disk. May be empty. A failure is final like that
  // of a sync, because a rollback of the log to an earlier state would not be noticed any more.
  using NoteDurable = std::function<ledger::Result<void>(const ledger::LogHead&)>;

  // `index` is the index of `log`.
  Committer(ledger::Log& log, const ledger::LogIndex& index, Redated redated, NoteDurable note_durable);
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  // The writer's thread. Appends the records, and syncs everything, uses included. Fills in position, index
  // and, if uses came before, time. Without records, only returns an earlier failure.
  ledger::Result<void> commit(std::span<ledger::Record> records);

  // One thread at a time. Appends records of uses, beside the commands. Fills in position, index and time.
  ledger::Result<void> append_uses(std::span<ledger::Record> records);

  // The writer's thread; after the writer has stopped, any thread. Syncs the uses appended since the last
  // sync.
  ledger::Result<void> sync_uses();

  // Any thread. Returns the end of the log after the last append.
  ledger::LogEnd end() const { return log_.end(); }

  // Any thread. Returns the error of the failed write; nothing while all writes have succeeded.
  std::optional<ledger::Error> failure() const;

 private:
  ledger::Result<void> append(std::span<ledger::Record> records);
  // Appends `part`, the next part of `long_append`.
  ledger::Result<void> append_part(std::span<ledger::Record> part, ledger::LongAppend& long_append);
  ledger::Result<void> sync(const ledger::LogHead& head);
  // All keep the first error, and return the kept error. fail_holding() is for callers that hold mutex_.
  ledger::Error fail(ledger::AppendFailure failure);
  ledger::Error fail_to_note(ledger::Error why);
  ledger::Error fail_holding(ledger::AppendFailure failure);

  ledger::Log& log_;
  const ledger::LogIndex& index_;
  Redated redated_;
  NoteDurable note_durable_;
  // Orders appends: held while records are handed to the operating system, never during a sync.
  mutable std::mutex mutex_;
  std::atomic<std::uint32_t> use_turns_ = 0;  // odd while append_uses() waits for the mutex
  std::optional<ledger::Error> failure_;      // guarded by mutex_
  bool uses_unsynced_ = false;                // guarded by mutex_
};

}  // namespace keyledger::commands
