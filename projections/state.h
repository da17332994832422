// State: the result of folding all events of the log in order. Built by replay, at start-up, and for
// questions about a moment in the past. One thread at a time.
#pragma once

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

// Reads records from the cursor: a number good to fold together, and at most `records_max`. In a block of
// uses, each use has its own time; a block is cut at the limit's time. After an error, `records` still holds
// the records read before.
ledger::Result<FoldProgress> read_some(ledger::RecordCursor& cursor, const FoldLimit& limit,
                                       std::size_t records_max, std::vector<ledger::Record>& records);

// Folds at most `records_max` more records from the cursor into `fold`: a State, or a half of a State (an
// Access or a Catalog). Returns the error of the cursor or of the fold; the records read before an error of
// the cursor are folded.
template <typename Fold>
ledger::Result<FoldProgress> fold_some(ledger::RecordCursor& cursor, const FoldLimit& limit,
                                       std::size_t records_max, Fold& fold);

}  // namespace keyledger::projections
