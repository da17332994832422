#include "ledger/disk/snapshot_thinning.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace keyledger::ledger {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kAlwaysKept = 2;
// Farther than any log reaches, yet small enough to be doubled.
constexpr std::uint64_t kFarthest = std::numeric_limits<std::uint64_t>::max() / 4;

struct Sorted {
  std::vector<SnapshotPlace> usable;  // ascending
  std::vector<fs::path> useless;
};

bool is_usable(const SnapshotIdentity& identity, const SnapshotIdentity& head) {
  return identity.ledger_id == head.ledger_id && identity.layout == head.layout &&
         identity.definition == head.definition && identity.position <= head.position;
}

Sorted sort_out(const fs::path& directory, const SnapshotIdentity& head) {
  Sorted sorted;
  for (const fs::path& file : snapshots_in(directory)) {
    const auto reader = SnapshotReader::open(file);
    if (!reader) {
      // A file that cannot be opened now may still be sound.
      if (reader.error().code != ErrorCode::kCannotOpen) sorted.useless.push_back(file);
      continue;
    }
    const SnapshotIdentity& identity = (*reader)->identity();
    std::error_code error;
    const std::uint64_t bytes = fs::file_size(file, error);
    if (error) continue;  // removed meanwhile, or unreadable now
    // A snapshot under another's name would be sorted into the wrong place.
    if (!is_usable(identity, head) || position_in_name(file) != identity.position) {
      sorted.useless.push_back(file);
    } else {
      sorted.usable.push_back({.file = file, .position = identity.position, .bytes = bytes});
    }
  }
  std::reverse(sorted.usable.begin(), sorted.usable.end());
  return sorted;
}

// Returns how many events a fold to just before the next snapshot would need without this snapshot.
std::uint64_t gap_without(const std::vector<SnapshotPlace>& places, std::size_t index) {
  const Position before = index == 0 ? kBeforeFirst : places[index - 1].position;
  return places[index + 1].position.value() - before.value();
}

}  // namespace

std::uint64_t events_apart(const SnapshotSpacing& spacing, Position head, std::uint64_t bytes_each) {
  if (spacing.events == 0) return kFarthest;
  const std::uint64_t wanted = std::min(spacing.events, kFarthest);
  if (bytes_each == 0) return wanted;
  const std::uint64_t fit = spacing.bytes_max / bytes_each;
  if (fit <= kAlwaysKept) return kFarthest;
  // Two snapshots stay at the head. Thinning leaves no gap twice as wide as this.
  return std::clamp(head.value() / (fit - 1) + 1, wanted, kFarthest);
}

std::vector<SnapshotPlace> superfluous(std::vector<SnapshotPlace> places, const SnapshotSpacing& spacing) {
  std::vector<SnapshotPlace> gone;
  auto bytes =
      std::accumulate(places.begin(), places.end(), std::uint64_t{0},
                      [](std::uint64_t sum, const SnapshotPlace& place) { return sum + place.bytes; });
  const std::uint64_t least_gap = events_apart(spacing, kBeforeFirst, 0);
  while (places.size() > kAlwaysKept) {
    std::size_t narrowest = 0;
    for (std::size_t i = 1; i + kAlwaysKept < places.size(); ++i) {
      if (gap_without(places, i) < gap_without(places, narrowest)) narrowest = i;
    }
    if (bytes <= spacing.bytes_max && gap_without(places, narrowest) > least_gap) break;
    bytes -= places[narrowest].bytes;
    gone.push_back(std::move(places[narrowest]));
    places.erase(places.begin() + static_cast<std::ptrdiff_t>(narrowest));
  }
  return gone;
}

std::vector<SnapshotPlace> usable_snapshots(const fs::path& directory, const SnapshotIdentity& head) {
  return sort_out(directory, head).usable;
}

void thin_snapshots(const fs::path& directory, const SnapshotIdentity& head, const SnapshotSpacing& spacing) {
  Sorted sorted = sort_out(directory, head);
  for (SnapshotPlace& place : superfluous(std::move(sorted.usable), spacing)) {
    sorted.useless.push_back(std::move(place.file));
  }
  for (const fs::path& file : sorted.useless) {
    std::error_code ignored;
    fs::remove(file, ignored);
  }
}

}  // namespace keyledger::ledger
