#include "ledger/disk/witnesses.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/disk/closing_file.h"

namespace keyledger::ledger {
namespace {

Error shortened(const LogHead& head, Position reached, std::string_view proof) {
  return {ErrorCode::kShortened, fmt::format("the log ends at position {}, but {} at position {}",
                                             head.position.value(), proof, reached.value())};
}

// Compares the root at the snapshot's length. The root of a length stands for all shorter lengths.
Result<void> compare_root(const LogIndex& index, const Witnesses::Snapshot& snapshot) {
  const auto root = index.root_at(snapshot.identity.records);
  if (!root || *root == snapshot.identity.root) return {};
  return Error{ErrorCode::kShortened,
               fmt::format("the records up to position {} are not those of the snapshot {}",
                           snapshot.identity.position.value(), snapshot.file.string())};
}

}  // namespace

Witnesses Witnesses::in(const std::filesystem::path& ledger, const boost::uuids::uuid& id) {
  Witnesses witnesses;
  for (const auto& file : snapshots_in(snapshots_of(ledger))) {
    const auto reader = SnapshotReader::open(file);
    if (reader && (*reader)->identity().ledger_id == id)
      witnesses.snapshots.push_back({.file = file, .identity = (*reader)->identity()});
  }
  std::ranges::sort(witnesses.snapshots, {}, [](const Snapshot& each) { return each.identity.position; });
  const auto closing = read_closing_of(closing_of(ledger), id);
  if (closing && closing->has_value()) witnesses.closing = (*closing)->position;
  return witnesses;
}

Result<void> Witnesses::check(const LogIndex& index) const {
  const LogHead head = index.head();
  if (closing && head.position < *closing)
    return shortened(head, *closing, "the last daemon left it (in the file closing)");
  if (snapshots.empty()) return {};
  const Snapshot& newest = snapshots.back();
  if (head.position < newest.identity.position || head.records < newest.identity.records) {
    return shortened(head, newest.identity.position,
                     fmt::format("the snapshot {} was taken", newest.file.string()));
  }
  return compare_root(index, newest);
}

}  // namespace keyledger::ledger
