// Queries: every read of a ledger, written once. A daemon's streams and `--data` both call them.
//
// A query is begun from a question and then gives chunk after chunk. A chunk has at most kRowsPerChunk rows
// and comes from a bounded part of the catalog or the log, so that the thread that makes chunks stays
// responsive. No query knows a socket, a clock or a thread: the caller hands the state, the log and the
// present moment to each step, and calls each step on the thread that owns the argument. Steps of a query
// must not overlap.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ledger/event_log.h"
#include "net/service/messages.h"
#include "projections/state.h"

namespace keyledger::net {

constexpr std::size_t kRowsPerChunk = 256;
// A frame holds this many rows of history with the longest texts that a row may have.
constexpr std::size_t kHistoryRowsPerChunkMax = 256;
// A chunk takes no further row after this many bytes of lists within rows.
constexpr std::size_t kRowListBytesPerChunk = std::size_t{256} << 10;
// A step examines at most this many rows, because a filter may accept few rows.
constexpr std::size_t kRowsExaminedPerStep = 1'024;
// Rows that are read in a single step have at most this many bytes of lists together.
constexpr std::size_t kRowListBytesAtOnce = std::size_t{4} << 20;
// A step reads at most this many records of the log, for the same reason.
constexpr std::size_t kRecordsPerStep = 1'024;

// ---- Rows of the live state: list, show, and the keys of a client ----

// A chunk is made in two halves, because different threads of a daemon own the catalog and the hot state:
// read(), then complete().
class RowQuery {
 public:
  // Begins a list. Refused if the catalog does not know an entity or a user by that name, or if the name is
  // ambiguous. The filter must apply to the kind of rows, and the policy has neither a name nor a page
  // (ENSURE).
  static ledger::Result<RowQuery, ledger::Refusal> begin(const projections::Catalog& catalog, AskList ask);
  static ledger::Result<RowQuery, ledger::Refusal> begin(const projections::Catalog& catalog,
                                                         const AskKeysOfClient& ask);

  // Rows without usage and status, and the place of each row in the catalog.
  struct Incomplete {
    std::vector<projections::Row> rows;
    std::vector<std::size_t> places;
  };

  // Returns the next rows that the filter accepts, as far as the catalog can tell. May return no rows before
  // the last chunk.
  Incomplete read(const projections::Catalog& catalog);
  // Fills in usage and status as of `now`, and drops the rows whose status is not wanted. `access` must
  // include every event of the catalog that read() got (ENSURE).
  std::vector<projections::Row> complete(const projections::Access& access, ledger::Timestamp now,
                                         Incomplete incomplete);
  // True after the last chunk.
  bool is_done() const { return next_ == end_; }

  // Instead of read() and complete(), for a list that one step can answer: reads as much of the list as one
  // step may examine. Returns nothing if the list has certainly more than that.
  std::optional<Incomplete> read_at_once(const projections::Catalog& catalog);
  // Completes these rows. Returns nothing if rows of the list, or of the page, are left that were not
  // examined.
  std::optional<std::vector<projections::Row>> complete_at_once(const projections::Access& access,
                                                                ledger::Timestamp now, Incomplete incomplete);

 private:
  explicit RowQuery(AskList ask) : ask_(std::move(ask)) {}

  void choose(std::vector<std::size_t> places);
  // Examines places from `next_` to `end` until there are `rows_max` rows, or rows with `bytes_max` bytes.
  Incomplete examine(const projections::Catalog& catalog, std::size_t end, std::size_t rows_max,
                     std::size_t bytes_max);
  ledger::Result<void, ledger::Refusal> skip_to_page(const projections::Catalog& catalog);
  std::size_t place_at(std::size_t index) const;

  AskList ask_;
  std::optional<projections::UserRow> user_;        // of the permission
  std::optional<std::vector<std::size_t>> chosen_;  // ascending; nothing: every place from 0 to `places_`
  std::size_t places_ = 0;
  std::size_t next_ = 0;  // counts places in the order of the answer
  std::size_t end_ = 0;
  std::size_t left_ = 0;  // rows until the page is full
};

// Takes up to a chunk of rows from the front of `rows`.
std::vector<projections::Row> take_chunk(std::vector<projections::Row>& rows);

// ---- A whole state: state and export ----

// Returns the limit of the fold to a past state. kNoSuchPosition if the question names a position after
// `head`.
ledger::Result<projections::FoldLimit> fold_limit_of(const AskState& ask, ledger::Position head);

// Every row of one state: accounts, users, clients and keys, each kind in the order of the catalog. An export
// begins with the policy, and its keys have their digests.
class StateQuery {
 public:
  // `now`: the moment as of which keys have a status.
  StateQuery(StateContents contents, ledger::Timestamp now);

  // Returns the next chunk. Each call gets the same state.
  RowsAnswer next(const projections::State& state);
  // True after the last chunk.
  bool is_done() const;

 private:
  projections::Digests digests_;
  ledger::Timestamp now_;
  std::size_t kind_;  // an index of the kinds of rows, in their order
  std::size_t place_ = 0;
};

// ---- History ----

// The caller resolves the entity once, and then repeats: read() and name() until there are rows, next() while
// there are rows. The log outlives the query.
class HistoryQuery {
 public:
  // `end`: the last position that the answer may show. The log has every position up to `end`.
  HistoryQuery(AskHistory ask, ledger::Position end) : ask_(std::move(ask)), end_(end) {}

  // Looks up the entity. Refused if the catalog does not know the entity.
  ledger::Result<void, ledger::Refusal> resolve(const projections::Catalog& catalog);
  // Reads the next records.
  ledger::Result<void> read(const ledger::Log& log, const ledger::LogIndex& index);
  // Makes rows of the records that read() read. The catalog knows every entity of these records (ENSURE).
  void name(const projections::Catalog& catalog);
  // Returns the next rows that name() made. May return no rows before the last chunk.
  std::vector<projections::HistoryRow> next();

  bool is_resolved() const { return is_resolved_; }
  bool has_rows() const { return taken_ < rows_.size(); }
  // True after the last chunk.
  bool is_done() const { return is_read_ && !has_rows(); }

 private:
  ledger::Result<void> open(const ledger::Log& log, const ledger::LogIndex& index);

  AskHistory ask_;
  ledger::Position end_;
  projections::HistoryFilter filter_;
  bool is_resolved_ = false;
  std::unique_ptr<ledger::RecordCursor> cursor_;
  std::vector<ledger::Record> records_;        // of the last step
  std::vector<projections::HistoryRow> rows_;  // of these records
  std::size_t taken_ = 0;
  bool is_read_ = false;  // up to `end_`
};

// ---- Answers of one step ----

// Refused if the state knows no client by that name (kClientUnknown), or several (kNameAmbiguous).
ledger::Result<ActiveKeyAnswer, ledger::Refusal> active_key_of(const projections::Access& access,
                                                               const AskActiveKey& ask,
                                                               ledger::Timestamp now);

// Counts what the catalog holds. The version, the process and its memory are left to a daemon.
Stats stats_of(const projections::Catalog& catalog, std::string ledger_id, const ledger::LogHead& head);

}  // namespace keyledger::net
