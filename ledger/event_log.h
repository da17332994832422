// EventLog: the append-only log of records.
//
// One writer at a time appends; it serialises its own calls of append(). Every other function, and sync(),
// may be called from any thread at any time. A record is in the log, with its index entries, its idempotency
// entry and its Merkle nodes, or nothing of it is.
//
// Durability: append() returns when the operating system has the records (`written`: a killed process loses
// nothing, a power cut may); sync() returns when everything appended before the call is on the disk.
//
// A failure of append() or sync() is final: what reached the disk is uncertain, so this object refuses every
// further append and sync with kWriteFailed until the log is opened anew.
#pragma once

#include <memory>
#include <optional>
#include <span>
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
  Position first;  // kBeforeFirst: nothing, for what it asked for was so already
  Position last;   // then the head at that moment
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

class PreparedRecords;

class EventLog {
 public:
  EventLog() = default;
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;
  virtual ~EventLog() = default;

  // Appends `records` in one atomic batch and fills in the index and position of each. The caller has set the
  // rest; times must not decrease (ENSURE). kHeadMoved, with nothing done, if the head is not
  // `expected_head`. `prepared` is of the same records, if somebody made it.
  virtual Result<LogEnd> append(Position expected_head, std::span<Record> records,
                                PreparedRecords* prepared) = 0;
  Result<LogEnd> append(Position expected_head, std::span<Record> records) {
    return append(expected_head, records, nullptr);
  }

  // Makes it certain that the records of all `parts` are appended, or, if this fails, that none is: when it
  // returns, they are on the disk. Each part is given to append() after this, in its turn, then all are
  // synced; should the process end before, the next opening appends what is left, behind whatever came
  // between. So an append of very many need not keep everybody else waiting. One set of parts at a time;
  // beside the appends of others.
  virtual Result<void> intend(std::span<PreparedRecords> parts) = 0;

  virtual Result<void> sync() = 0;

  // After the last append that succeeded: a few loads.
  virtual LogEnd end() const = 0;

  // The same; the root takes a hash for each bit of the number of records.
  virtual LogHead head() const = 0;

  // From the record that holds position `from` (or the first) to the end. kNoSuchPosition past head + 1.
  virtual Result<std::unique_ptr<RecordCursor>> read(Position from) const = 0;

  // The records that concern any of `entities` (in any order), from `from` on. Without uses, blocks of uses
  // are left out.
  virtual Result<std::unique_ptr<RecordCursor>> read_entities(std::span<const EntityRef> entities,
                                                              UsesInHistory uses, Position from) const = 0;

  // Notes that the command with this id appended nothing; as durable as an append. Called by the writer.
  virtual Result<void> remember(std::string_view id, const IdempotencyEntry& entry) = 0;

  virtual Result<std::optional<IdempotencyEntry>> find_idempotent(std::string_view id) const = 0;

  // The root of the tree of the first `records` records; kNoSuchPosition if there are fewer.
  virtual Result<Hash> root_at(std::uint64_t records) const = 0;
};

}  // namespace keyledger::ledger
