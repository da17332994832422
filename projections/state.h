// State: everything that the log says, folded in order. Replay, a question about a past moment, and the start
// of a daemon build a State.
//
// One thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <stop_token>

#include "ledger/event_log.h"
#include "projections/access.h"
#include "projections/catalog.h"

namespace keyledger::projections {

struct State {
  Catalog catalog;
  Access access;

  ledger::Position position() const { return access.position(); }

  // Applies one record. If the record cannot follow from this state, returns an error with its position.
  ledger::Result<void> apply(const ledger::Record& record) { return apply(std::span(&record, 1)); }
  // Applies several records in their order, quicker than one by one.
  ledger::Result<void> apply(std::span<const ledger::Record> records);
};

// Grows whenever the digest below takes in something else, because digests of different definitions cannot be
// compared. 1: up to 0.1.0; 2: with the rules of accounts, users, clients and keys.
constexpr std::uint64_t kStateDigestDefinition = 2;

// Returns the digest of a state at its position. Equal states have equal digests, whatever way they were
// built.
ledger::Hash state_digest_of(const Catalog& catalog, const Access& access);

// Returns the part of `record` up to `last`, because a state may be asked for in the middle of a command or
// of a block of uses. `record` must begin at or before `last` (ENSURE).
ledger::Record cut_after(ledger::Record record, ledger::Position last);

// The end of a fold: `position` or `time`, whichever comes first.
struct FoldLimit {
  ledger::Position position{std::numeric_limits<std::uint64_t>::max()};
  ledger::Timestamp time{std::numeric_limits<std::int64_t>::max()};
};

enum class FoldProgress : std::uint8_t { kMore, kDone };

// Folds at most `records_max` more records from the cursor into a State, or into one half of a state: an
// Access or a Catalog. Blocks are cut at the limit's time by the times of the uses. Records before an
// error are folded, too.
template <typename Fold>
ledger::Result<FoldProgress> fold_some(ledger::RecordCursor& cursor, const FoldLimit& limit,
                                       std::size_t records_max, Fold& fold);

enum class AfterRecord : std::uint8_t { kGoOn, kEndStep };

// The caller's part in a long fold. Every member may be empty.
struct FoldWatch {
  // Asked before each step, which is at most some thousand records.
  std::stop_token stop;
  // Called after each step with the last position that is folded.
  std::function<void(ledger::Position)> folded;
  // Called with each record and its stored bytes, before the record is cut at the limit and folded. An error
  // ends the fold; kEndStep ends the step with this record.
  std::function<ledger::Result<AfterRecord>(const ledger::Record&, std::span<const std::uint8_t>)> read;
};

// Folds the log's records after position `after` into a State, an Access or a Catalog, up to the limit.
// Returns kMore if a stop was requested on the way. Reads nothing after the limit's position. Errors are
// those of reading and applying, with their position; records before an error are folded.
template <typename Fold>
ledger::Result<FoldProgress> fold_log(const ledger::Log& log, ledger::Position after, const FoldLimit& limit,
                                      Fold& fold, const FoldWatch& watch = {});

}  // namespace keyledger::projections
