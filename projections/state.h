// State: everything that the log says, folded in order. What replay, a moment in the past, and start-up
// build.
//
// One thread at a time.
#pragma once

#include "ledger/event_log.h"
#include "projections/access.h"
#include "projections/catalog.h"

namespace keyledger::projections {

struct State {
  Catalog catalog;
  Access access;

  ledger::Position position() const { return access.position(); }

  // Total; corruption is an Error with its position.
  ledger::Result<void> apply(const ledger::Record& record) { return apply(std::span(&record, 1)); }
  // Several, in their order: quicker than one after the other.
  ledger::Result<void> apply(std::span<const ledger::Record> records);
};

// Grows whenever the digest below takes in something else: digests of different definitions cannot be
// compared. 1: up to 0.1.0; 2: with the rules of accounts, users, clients and keys.
constexpr std::uint64_t kStateDigestDefinition = 2;

// The digest of a state at its position: equal states, equal digests, however they came about.
ledger::Hash state_digest_of(const Catalog& catalog, const Access& access);

// The part of `record` up to `last`: a state may be asked for in the midst of a command or a block of uses.
// `record` begins at or before `last` (ENSURE).
ledger::Record cut_after(ledger::Record record, ledger::Position last);

// Until where to fold: whichever comes first.
struct FoldLimit {
  ledger::Position position{std::numeric_limits<std::uint64_t>::max()};
  ledger::Timestamp time{std::numeric_limits<std::int64_t>::max()};
};

enum class FoldProgress : std::uint8_t { kMore, kDone };

// Reads records from the cursor, as many as are well folded together and at most `records_max`; uses of a
// block are cut at the limit's time by their own times. What was read before an error is there.
ledger::Result<FoldProgress> read_some(ledger::RecordCursor& cursor, const FoldLimit& limit,
                                       std::size_t records_max, std::vector<ledger::Record>& records);

// Folds at most `records_max` more records from the cursor into a State, or into one half of it: an Access or
// a Catalog.
template <typename Fold>
ledger::Result<FoldProgress> fold_some(ledger::RecordCursor& cursor, const FoldLimit& limit,
                                       std::size_t records_max, Fold& fold);

}  // namespace keyledger::projections
