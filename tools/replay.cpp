#include "tools/replay.h"

#include <fmt/format.h>

#include <utility>

namespace keyledger::tools {

using ledger::Error;
using ledger::ErrorCode;
using ledger::Position;
using ledger::Result;

namespace {

void compare(Replayed& replayed, const std::vector<KnownDigest>& known) {
  for (const KnownDigest& each : known) {
    if (each.position != replayed.state.position()) continue;
    const bool agrees = state_digest_of(replayed.state.catalog, replayed.state.access) == each.digest;
    replayed.comparisons.push_back({.known = each, .agrees = agrees});
  }
}

}  // namespace

Result<Replayed> replay_log(const ledger::EventLog& log, std::optional<Position> to, TreeHashing hashing,
                            const std::vector<KnownDigest>& known, ProgressBar& progress) {
  constexpr std::uint64_t kRecordsPerUpdate = 1'024;
  const Position end = to.value_or(log.head().position);
  auto cursor = log.read(Position{1});
  if (!cursor) return cursor.error();
  Replayed replayed;
  ledger::MerkleFrontier tree;
  std::vector<ledger::MerkleNode> completed;
  compare(replayed, known);
  while (replayed.state.position() < end) {
    auto record = (*cursor)->next();
    if (!record) return record.error();
    if (!record->has_value()) break;
    if ((*record)->index != replayed.records) {
      return Error{ErrorCode::kCorruptRecord,
                   fmt::format("position {}: record {} where {} belongs", (*record)->position.value(),
                               (*record)->index, replayed.records)};
    }
    if (hashing == TreeHashing::kHashAnew) {
      completed.clear();
      tree.append(ledger::leaf_hash((*cursor)->bytes()), completed);
    }
    ++replayed.records;
    const bool is_whole = last_position_of(**record) <= end;
    ledger::Record rest = is_whole ? std::move(**record) : projections::cut_after(std::move(**record), end);
    if (auto applied = replayed.state.apply(rest); !applied) return applied.error();
    compare(replayed, known);
    if (replayed.records % kRecordsPerUpdate == 0) progress.update(replayed.state.position().value());
  }
  if (hashing == TreeHashing::kHashAnew) {
    replayed.root = tree.root();
    return replayed;
  }
  const auto root = log.root_at(replayed.records);
  if (!root) return root.error();
  replayed.root = *root;
  return replayed;
}

}  // namespace keyledger::tools
