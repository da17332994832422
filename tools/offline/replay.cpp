#include "tools/offline/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

namespace keyledger::tools::offline {

using ledger::Error;
using ledger::ErrorCode;
using ledger::Log;
using ledger::LogIndex;
using ledger::Position;
using ledger::Record;
using ledger::Result;
using projections::AfterRecord;

namespace {

void compare(Replayed& replayed, const std::vector<KnownDigest>& known) {
  for (const KnownDigest& each : known) {
    if (each.position != replayed.state.position()) continue;
    const bool agrees = state_digest_of(replayed.state.catalog, replayed.state.access) == each.digest;
    replayed.comparisons.push_back({.known = each, .agrees = agrees});
  }
}

// A step of the fold ends at every position with a known digest.
class Replay {
 public:
  Replay(const Log& log, const LogIndex& index, Position end, TreeHashing hashing,
         const std::vector<KnownDigest>& known, ledger::IndexCheck* check)
      : log_(log), index_(index), end_(end), hashing_(hashing), known_(known), check_(check) {
    compare(replayed_, known_);
  }

  Result<Replayed> run(output::ProgressBar& progress) {
    const projections::FoldWatch watch{
        .folded =
            [&](Position position) {
              compare(replayed_, known_);
              progress.update(position.value());
            },
        .read = [&](const Record& record,
                    std::span<const std::uint8_t> bytes) { return take(record, bytes); }};
    const auto folded =
        projections::fold_log(log_, ledger::kBeforeFirst, {.position = end_}, replayed_.state, watch);
    if (!folded) return folded.error();
    if (check_ != nullptr) {
      auto checked = check_->finish();
      if (!checked) return checked.error();
      replayed_.index = std::move(*checked);
      replayed_.root = replayed_.index->root;
      return std::move(replayed_);
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
  Result<AfterRecord> take(const Record& record, std::span<const std::uint8_t> bytes) {
    if (record.index != replayed_.records) {
      return Error{ErrorCode::kCorruptRecord,
                   fmt::format("position {}: the record has number {} instead of {}", record.position.value(),
                               record.index, replayed_.records)};
    }
    if (check_ != nullptr) {
      if (auto taken = check_->take(record, bytes); !taken) return taken.error();
    } else if (hashing_ == TreeHashing::kHashAnew) {
      completed_.clear();
      tree_.append(ledger::leaf_hash(bytes), completed_);
    }
    ++replayed_.records;
    const Position last = std::min(last_position_of(record), end_);
    const bool is_known = std::any_of(known_.begin(), known_.end(),
                                      [&](const KnownDigest& each) { return each.position == last; });
    return is_known ? AfterRecord::kEndStep : AfterRecord::kGoOn;
  }

  const Log& log_;
  const LogIndex& index_;
  Position end_;
  TreeHashing hashing_;
  const std::vector<KnownDigest>& known_;
  ledger::IndexCheck* check_;
  Replayed replayed_;
  ledger::MerkleFrontier tree_;
  std::vector<ledger::MerkleNode> completed_;
};

}  // namespace

Result<Replayed> replay_log(const Log& log, const LogIndex& index, std::optional<Position> to,
                            TreeHashing hashing, const std::vector<KnownDigest>& known,
                            output::ProgressBar& progress, ledger::IndexCheck* check) {
  return Replay(log, index, to.value_or(log.end().position), hashing, known, check).run(progress);
}

}  // namespace keyledger::tools::offline
