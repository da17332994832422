// The event log: `Log` keeps the records, `LogIndex` finds records.
//
// One writer at a time appends, one call of append() after the other. Any thread may call sync() and every
// other function at any time. A record is in the log with its index entries, its idempotency entry and its
// Merkle nodes, or no part of the record is.
//
// Durability: append() returns when the operating system has the records (`written`: a killed process loses
// nothing, but a power cut may lose records). sync() returns when everything appended before the call is on
// the disk.
//
// A failed append or sync has one of three outcomes (AppendFailure):
//   - Not done: the log is unchanged, and takes further appends.
//   - Uncertain: the disk may or may not have the records. The log refuses every further append and sync with
//     kWriteFailed until the next opening.
//   - Deposed: another writer has taken over. The log refuses every further append and sync with kDeposed. A
//     log on one machine's disk is never deposed.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

#include "ledger/merkle.h"
#include "ledger/record.h"
#include "ledger/values/error.h"

namespace keyledger::ledger {

// An entity: every entity has a history.
struct EntityRef {
  enum class Kind : std::uint8_t { kAccount = 1, kUser = 2, kClient = 3, kKey = 4 };

  Kind kind{};
  std::uint64_t number = 0;

  friend auto operator<=>(const EntityRef&, const EntityRef&) = default;
};

EntityRef ref(AccountNumber account);
EntityRef ref(UserNumber user);
EntityRef ref(ClientNumber client);
EntityRef ref(KeyNumber key);

// Returns the entities of an event, but not the entities of uses. KeyCreated, for example, has the key, the
// owner and the account.
std::vector<EntityRef> entities_of(const Event& event);
// Returns the entities of all events of the record, ascending, each once.
std::vector<EntityRef> entities_of(const Record& record);

// Returns true if the event is about one of `entities`, or is a block with a use of one of these keys or
// clients. `entities` must be sorted.
bool concerns(const Event& event, std::span<const EntityRef> entities);

// The end of a log.
struct LogEnd {
  Position position;          // position of the last event; kBeforeFirst for an empty log
  std::uint64_t records = 0;  // size of the Merkle tree
  Timestamp time;             // time of the last record

  friend bool operator==(const LogEnd&, const LogEnd&) = default;
};

// The end of a log with the root of the tree, to be kept or shown.
struct LogHead {
  Position position;          // position of the last event; kBeforeFirst for an empty log
  std::uint64_t records = 0;  // size of the Merkle tree
  Timestamp time;             // time of the last record
  Hash root{};

  friend bool operator==(const LogHead&, const LogHead&) = default;
};

// The place of a command with an idempotency id. Uses may lie between the records of the command.
struct IdempotencyEntry {
  // Position of the command's first event; kBeforeFirst if the command had no effect.
  Position first;
  // Position of the command's last event. For a command without effect, the position of CommandHadNoEffect;
  // in old ledgers, the end of the log at that moment.
  Position last;
  Hash command_digest{};

  friend bool operator==(const IdempotencyEntry&, const IdempotencyEntry&) = default;
};

enum class UsesInHistory : std::uint8_t { kLeaveOut, kInclude };

// Reads records in order, up to the end of the log at the cursor's construction. One thread at a time; the
// log outlives the cursor.
class RecordCursor {
 public:
  RecordCursor() = default;
  RecordCursor(const RecordCursor&) = delete;
  RecordCursor& operator=(const RecordCursor&) = delete;
  virtual ~RecordCursor() = default;

  // Returns the next record, or nothing at the end. Fails with kCorruptRecord, which names the position of
  // the damage.
  virtual Result<std::optional<Record>> next() = 0;

  // Returns the stored bytes of the last record that next() returned. Valid until the next call.
  virtual std::span<const std::uint8_t> bytes() const = 0;
};

// Reads the records of a log in order, and waits for further records at the end. One thread at a time; the
// log outlives the follower.
class LogFollower {
 public:
  LogFollower() = default;
  LogFollower(const LogFollower&) = delete;
  LogFollower& operator=(const LogFollower&) = delete;
  virtual ~LogFollower() = default;

  // Returns the next record, after waiting for the append of the record if necessary. Returns nothing after a
  // stop is requested. Fails like RecordCursor::next().
  virtual Result<std::optional<Record>> next(const std::stop_token& stop) = 0;

  // Returns the stored bytes of the last record that next() returned. Valid until the next call.
  virtual std::span<const std::uint8_t> bytes() const = 0;
};

// The error of a failed append or sync, and the outcome for the records.
struct AppendFailure {
  enum class Outcome : std::uint8_t {
    kNotDone,    // none of the records is in the log, and none will be
    kUncertain,  // some or all of the records may be in the log
    kDeposed,    // another writer has taken over; some or all of the records may be in the log
  };
  Outcome outcome{};
  Error why;

  friend bool operator==(const AppendFailure&, const AppendFailure&) = default;
};

using Appended = Result<LogEnd, AppendFailure>;

// An append of very many records in parts, so that uses can be appended between the parts. One thread at a
// time; the log and the records outlive the object.
class LongAppend {
 public:
  LongAppend() = default;
  LongAppend(const LongAppend&) = delete;
  LongAppend& operator=(const LongAppend&) = delete;
  virtual ~LongAppend() = default;

  // Appends the next part, like Log::append(). A next part must exist (ENSURE).
  virtual Appended append_next(Position expected_end) = 0;
};

// The records, in order. A log of another kind, for example a replicated log, implements this interface;
// callers never know the kind of their log.
class Log {
 public:
  Log() = default;
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  virtual ~Log() = default;

  // Appends `records` in one atomic batch, and fills in index and position of each record. The caller sets
  // all other fields; times must not decrease (ENSURE). Not done, with kHeadMoved, if the log does not end at
  // `expected_end`; not done, with kRecordTooLarge, if a record has more than kNewRecordBytesMax bytes.
  virtual Appended append(Position expected_end, std::span<Record> records) = 0;

  // Begins an append of all `parts`; append_next() then appends one part after the other, like append(). All
  // work that does not depend on the records' place is done here, so that append_next() is short.
  //
  // After the return, several parts are on the disk, and all parts are certain to be appended: if the process
  // ends before the last append_next(), the next opening appends the remaining parts at the end of the log.
  // After a failure, no part is appended. The caller syncs after the last part, and before another long
  // append.
  virtual Result<std::unique_ptr<LongAppend>, AppendFailure> begin_long(
      std::span<const std::span<Record>> parts) = 0;

  // Returns when everything that was appended before the call is on the disk.
  virtual Result<void, AppendFailure> sync() = 0;

  // Returns the end of the log after the last successful append. Quick: a few loads.
  virtual LogEnd end() const = 0;

  // Reads from the record with the position `from` (or from the first record) to the end. Fails with
  // kNoSuchPosition if `from` is beyond the position of the next event to be appended.
  virtual Result<std::unique_ptr<RecordCursor>> read(Position from) const = 0;

  // Reads like read(), and continues with records appended later. The follower returns a record after the
  // append, perhaps before the sync.
  virtual Result<std::unique_ptr<LogFollower>> follow(Position from) const = 0;
};

// Finds records of a log without reading the whole log. Every machine keeps an index of its own. The index
// follows from the records alone: equal records give equal answers, in every kind of log.
class LogIndex {
 public:
  LogIndex() = default;
  LogIndex(const LogIndex&) = delete;
  LogIndex& operator=(const LogIndex&) = delete;
  virtual ~LogIndex() = default;

  // Returns the end of the log, with the root of the tree. Computes one hash for each bit of the number of
  // records.
  virtual LogHead head() const = 0;

  // Reads the records about any of `entities` (in any order), from `from` on; blocks of uses only if `uses`
  // says so. Fails with kNoSuchPosition like Log::read().
  virtual Result<std::unique_ptr<RecordCursor>> read_entities(std::span<const EntityRef> entities,
                                                              UsesInHistory uses, Position from) const = 0;

  // Returns the place of the command with this idempotency id; nothing if no command had the id.
  virtual Result<std::optional<IdempotencyEntry>> find_idempotent(std::string_view id) const = 0;

  // Returns the root of the tree of the first `records` records. Fails with kNoSuchPosition if the log has
  // fewer records.
  virtual Result<Hash> root_at(std::uint64_t records) const = 0;
};

// A log that updates its index with each append. Only for owners; all other code takes a Log, a LogIndex, or
// both.
class IndexedLog : public Log, public LogIndex {};

}  // namespace keyledger::ledger
