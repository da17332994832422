// Replay: folds a log from nothing, and checks what it finds against what others say of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledger/event_log.h"
#include "projections/state.h"
#include "tools/output/progress_bar.h"

namespace keyledger::tools::offline {

// A digest of the state at a position, as somebody else had it.
struct KnownDigest {
  std::string source;  // "live": a running daemon; "closing": what a daemon left when it stopped
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
  ledger::Hash root{};  // of the Merkle tree over the records: as they were read, or as the log has it
  std::vector<Comparison> comparisons;
};

// Whether every record is hashed again on the way; else the root is what the log itself says.
enum class TreeHashing : std::uint8_t { kTrustLog, kHashAnew };

// Reads the log from its beginning to `to` (or its head), every record checked against its place, and
// compares the state with each known digest on the way. Corruption is an Error with its position.
ledger::Result<Replayed> replay_log(const ledger::Log& log, const ledger::LogIndex& index,
                                    std::optional<ledger::Position> to, TreeHashing hashing,
                                    const std::vector<KnownDigest>& known, output::ProgressBar& progress);

}  // namespace keyledger::tools::offline
