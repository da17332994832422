// The event log: `Log` keeps the records, `LogIndex` finds something in them.
//
// One writer at a time appends; it serialises its own calls of append(). Every other function, and sync(),
// may be called from any thread at any time. A record is in the log, with its index entries, its idempotency
// entry and its Merkle nodes, or nothing of it is.
//
// Durability: append() returns when the operating system has the records (`written`: a killed process loses
// nothing, a power cut may); sync() returns when everything appended before the call is on the disk.
//
// A failed append or sync has one of three outcomes (AppendFailure). Not done: the log is as it was, and
// takes further appends. Uncertain: what reached the disk is not known, so the log refuses every further
// append and sync with kWriteFailed until it is opened anew. Deposed: another writer has taken over, and the
// log refuses every further append and sync with kDeposed; a log on one machine's disk never gives this.
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

// Something with a history of its own.
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

// The entities that an event is about, without its uses: KeyCreated names its key, owner and account.
std::vector<EntityRef> entities_of(const Event& event);
// Those of all its events, ascending, each once.
std::vector<EntityRef> entities_of(const Record& record);

// True if the event is about one of `entities`, which are sorted; for a block, if it holds a use of one of
// those keys or clients.
bool concerns(const Event& event, std::span<const EntityRef> entities);

// Where a log ends.
struct LogEnd {
  Position position;          // of the last event; kBeforeFirst for an empty log
  std::uint64_t records = 0;  // size of the Merkle tree
  Timestamp time;             // of the last record

  friend bool operator==(const LogEnd&, const LogEnd&) = default;
};

// The same with the root of the tree, for whoever remembers it or shows it.
struct LogHead {
  Position position;          // of the last event; kBeforeFirst for an empty log
  std::uint64_t records = 0;  // size of the Merkle tree
  Timestamp time;             // of the last record
  Hash root{};

  friend bool operator==(const LogHead&, const LogHead&) = default;
};

// What a command with an idempotency id appended. Between its records there may be uses.
struct IdempotencyEntry {
  Position first;  // kBeforeFirst: nothing but CommandHadNoEffect, for what it asked for was so already
  Position last;   // then the position of that event; in old ledgers, where the log ended at that moment
  Hash command_digest{};

  friend bool operator==(const IdempotencyEntry&, const IdempotencyEntry&) = default;
};

enum class UsesInHistory : std::uint8_t { kLeaveOut, kInclude };

// Reads records in order, as of the moment it was made. One thread at a time; it must not outlive its log.
class RecordCursor {
 public:
  RecordCursor() = default;
  RecordCursor(const RecordCursor&) = delete;
  RecordCursor& operator=(const RecordCursor&) = delete;
  virtual ~RecordCursor() = default;

  // The next record, or nothing at the end. kCorruptRecord names the position where reading had to stop.
  virtual Result<std::optional<Record>> next() = 0;

  // The stored bytes of the record that next() gave last; valid until the next call.
  virtual std::span<const std::uint8_t> bytes() const = 0;
};

// Gives the records of a log in their order, and waits at the end for more. One thread at a time; it must not
// outlive its log.
class LogFollower {
 public:
  LogFollower() = default;
  LogFollower(const LogFollower&) = delete;
  LogFollower& operator=(const LogFollower&) = delete;
  virtual ~LogFollower() = default;

  // Returns the next record, and waits for it if it is not appended yet. Returns nothing once `stop` is
  // requested. Fails as RecordCursor::next() does.
  virtual Result<std::optional<Record>> next(const std::stop_token& stop) = 0;

  // Returns the stored bytes of the record that next() gave last; valid until the next call.
  virtual std::span<const std::uint8_t> bytes() const = 0;
};

// Why an append or a sync failed, and what that means for its records.
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

// An append of very many records in parts, so that others can append between the parts. One thread at a time;
// it must not outlive its log or its records.
class LongAppend {
 public:
  LongAppend() = default;
  LongAppend(const LongAppend&) = delete;
  LongAppend& operator=(const LongAppend&) = delete;
  virtual ~LongAppend() = default;

  // Appends the next part, as Log::append() does. There is a next part (ENSURE).
  virtual Appended append_next(Position expected_end) = 0;
};

// The records, in their order. What a log of another kind must be able to do, such as one that is replicated:
// nothing above this interface may know which it is.
class Log {
 public:
  Log() = default;
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  virtual ~Log() = default;

  // Appends `records` in one atomic batch and fills in the index and position of each. The caller has set the
  // rest; times must not decrease (ENSURE). Not done, with kHeadMoved, if the log does not end at
  // `expected_end`; not done, with kRecordTooLarge, if a record has more than kNewRecordBytesMax bytes.
  virtual Appended append(Position expected_end, std::span<Record> records) = 0;

  // Begins an append of all `parts`, each of which append_next() then appends as append() would. Prepares as
  // much as can be done before the place of the records is known, so that append_next() is short.
  //
  // If there are several parts, all of them are certain to be appended once this returns: they are on the
  // disk, and if the process ends before the last append_next(), the next opening appends what is left, after
  // whatever came between. If this fails, no part is appended. The caller syncs after the last part, and
  // before another long append.
  virtual Result<std::unique_ptr<LongAppend>, AppendFailure> begin_long(
      std::span<const std::span<Record>> parts) = 0;

  // Returns when everything that was appended before the call is on the disk.
  virtual Result<void, AppendFailure> sync() = 0;

  // Returns where the log ends after the last append that succeeded: a few loads.
  virtual LogEnd end() const = 0;

  // Reads from the record that holds position `from` (or the first) to the end. kNoSuchPosition if `from` is
  // after the position that the next event will have.
  virtual Result<std::unique_ptr<RecordCursor>> read(Position from) const = 0;

  // Reads as read() does, and goes on with what is appended afterwards. A record is given when it is
  // appended, which may be before it is synced.
  virtual Result<std::unique_ptr<LogFollower>> follow(Position from) const = 0;
};

// What is found in a log without reading all of it. An index is kept by each machine for itself and follows
// from the records alone: the same records give the same answers, whatever log they are in.
class LogIndex {
 public:
  LogIndex() = default;
  LogIndex(const LogIndex&) = delete;
  LogIndex& operator=(const LogIndex&) = delete;
  virtual ~LogIndex() = default;

  // Returns where the log ends, with the root of its tree, which takes a hash for each bit of the number of
  // records.
  virtual LogHead head() const = 0;

  // Reads the records that concern any of `entities` (in any order), from `from` on. Without uses, blocks of
  // uses are left out. kNoSuchPosition as in Log::read().
  virtual Result<std::unique_ptr<RecordCursor>> read_entities(std::span<const EntityRef> entities,
                                                              UsesInHistory uses, Position from) const = 0;

  // Returns what the command with this idempotency id did; nothing if there was none.
  virtual Result<std::optional<IdempotencyEntry>> find_idempotent(std::string_view id) const = 0;

  // Returns the root of the tree of the first `records` records; kNoSuchPosition if there are fewer.
  virtual Result<Hash> root_at(std::uint64_t records) const = 0;
};

// A log that keeps its index itself, with each append. For those who own one; all others take a Log, a
// LogIndex, or both.
class IndexedLog : public Log, public LogIndex {};

}  // namespace keyledger::ledger
