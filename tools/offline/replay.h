// Replay: folds a log from its beginning, and compares the result with digests from other sources.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledger/event_log.h"
#include "ledger/index_check.h"
#include "projections/state.h"
#include "tools/output/progress_bar.h"

namespace keyledger::tools::offline {

// A digest of the state at a position, from another source.
struct KnownDigest {
  std::string source;  // "live": a running daemon; "closing": left by a daemon that stopped
  ledger::Position position;
  ledger::Hash digest{};
};

struct Comparison {
  KnownDigest known;
  bool agrees = false;
};

struct Replayed {
  projections::State state;
  std::uint64_t records = 0;
  ledger::Hash root{};  // of the Merkle tree over the records: hashed again, or taken from the log
  std::vector<Comparison> comparisons;
  std::optional<ledger::IndexChecked> index;  // nothing if the index was not compared
};

// With kHashAnew, replay hashes every record; with kTrustLog, the root comes from the log.
enum class TreeHashing : std::uint8_t { kTrustLog, kHashAnew };

// Reads the log from the beginning to `to` (or to the head), checks the index of every record, and compares
// the state with each known digest on the way. Unless `check` is null, passes each record to `check`, which
// must be a new check of this log, and `to` must be its end; the root then comes from the check. Corruption
// is an Error with its position.
ledger::Result<Replayed> replay_log(const ledger::Log& log, const ledger::LogIndex& index,
                                    std::optional<ledger::Position> to, TreeHashing hashing,
                                    const std::vector<KnownDigest>& known, output::ProgressBar& progress,
                                    ledger::IndexCheck* check = nullptr);

}  // namespace keyledger::tools::offline
