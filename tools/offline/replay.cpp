#include "tools/offline/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "projections/new_keys.h"

namespace keyledger::tools::offline {

using ledger::Error;
using ledger::ErrorCode;
using ledger::Log;
using ledger::LogIndex;
using ledger::Position;
using ledger::Record;
using ledger::Result;
using projections::FoldProgress;

namespace {

void compare(Replayed& replayed, const std::vector<KnownDigest>& known) {
  for (const KnownDigest& each : known) {
    if (each.position != replayed.state.position()) continue;
    const bool agrees = state_digest_of(replayed.state.catalog, replayed.state.access) == each.digest;
    replayed.comparisons.push_back({.known = each, .agrees = agrees});
  }
}

// Records are folded some at a time, and never across a position that is to be compared.
class Replay {
 public:
  Replay(const Log& log, const LogIndex& index, Position end, TreeHashing hashing,
         const std::vector<KnownDigest>& known)
      : log_(log), index_(index), end_(end), hashing_(hashing), known_(known) {
    compare(replayed_, known_);
  }

  Result<Replayed> run(output::ProgressBar& progress) {
    auto cursor = log_.read(Position{1});
    if (!cursor) return cursor.error();
    while (read_to_ < end_) {
      const auto read = read_some(**cursor);
      // What was read before something that cannot be read comes first.
      if (auto applied = fold(); !applied) return applied.error();
      if (!read) return read.error();
      if (*read == FoldProgress::kDone) break;
      progress.update(replayed_.state.position().value());
    }
    if (hashing_ == TreeHashing::kHashAnew) {
      replayed_.root = tree_.root();
      return std::move(replayed_);
    }
    const auto root = index_.root_at(replayed_.records);
    if (!root) return root.error();
    replayed_.root = *root;
    return std::move(replayed_);
  }

 private:
  Result<FoldProgress> read_some(ledger::RecordCursor& cursor) {
    for (const Position until{read_to_.value() + projections::kPositionsAtOnce};
         read_to_ < std::min(until, end_);) {
      auto record = cursor.next();
      if (!record) return record.error();
      if (!record->has_value()) return FoldProgress::kDone;
      if (auto taken = take(std::move(**record), cursor.bytes()); !taken) return taken.error();
      const bool is_known = std::any_of(known_.begin(), known_.end(),
                                        [&](const KnownDigest& each) { return each.position == read_to_; });
      if (is_known) break;
    }
    return FoldProgress::kMore;
  }

  Result<void> take(Record record, std::span<const std::uint8_t> bytes) {
    if (record.index != replayed_.records) {
      return Error{ErrorCode::kCorruptRecord,
                   fmt::format("position {}: record {} where {} belongs", record.position.value(),
                               record.index, replayed_.records)};
    }
    if (hashing_ == TreeHashing::kHashAnew) {
      completed_.clear();
      tree_.append(ledger::leaf_hash(bytes), completed_);
    }
    ++replayed_.records;
    read_to_ = std::min(last_position_of(record), end_);
    const bool is_whole = last_position_of(record) <= end_;
    records_.push_back(is_whole ? std::move(record) : projections::cut_after(std::move(record), end_));
    return {};
  }

  Result<void> fold() {
    if (records_.empty()) return {};
    if (auto applied = replayed_.state.apply(records_); !applied) return applied;
    records_.clear();
    compare(replayed_, known_);
    return {};
  }

  const Log& log_;
  const LogIndex& index_;
  Position end_;
  TreeHashing hashing_;
  const std::vector<KnownDigest>& known_;
  Replayed replayed_;
  Position read_to_;
  std::vector<Record> records_;  // read, and not folded yet
  ledger::MerkleFrontier tree_;
  std::vector<ledger::MerkleNode> completed_;
};

}  // namespace

Result<Replayed> replay_log(const Log& log, const LogIndex& index, std::optional<Position> to,
                            TreeHashing hashing, const std::vector<KnownDigest>& known,
                            output::ProgressBar& progress) {
  return Replay(log, index, to.value_or(log.end().position), hashing, known).run(progress);
}

}  // namespace keyledger::tools::offline
