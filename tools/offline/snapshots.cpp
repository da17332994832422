#include "tools/offline/snapshots.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <future>
#include <limits>
#include <map>
#include <new>
#include <stdexcept>
#include <system_error>

#include "projections/state_snapshot.h"

namespace keyledger::tools::offline {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every state
using projections::Access;
using projections::Catalog;
using projections::State;

namespace {

// The reason not to use a snapshot, and whether the snapshot can never become usable.
struct Refusal {
  std::string why;
  bool for_ever = true;
};
using Refused = std::optional<Refusal>;

Refused refuse_for_now(std::string why) { return Refusal{.why = std::move(why), .for_ever = false}; }

constexpr const char* kDamaged = "it is damaged";

// Refuses a log that does not begin with the records of the snapshot.
Refused refuse_log(const Log& log, const LogIndex& index, const SnapshotIdentity& identity) {
  const LogHead head = index.head();
  if (head.records < identity.records || head.position < identity.position) {
    return refuse_for_now("the log ends before the snapshot's position");
  }
  const auto root = index.root_at(identity.records);
  if (!root) return refuse_for_now(root.error().message());
  if (*root != identity.root) return Refusal{"the snapshot belongs to another log"};
  const Refusal misplaced{"the snapshot's position does not match its records"};
  if (head.records == identity.records) {
    return head.position == identity.position ? Refused{} : misplaced;
  }
  const auto cursor = log.read(identity.position.next());
  if (!cursor) return refuse_for_now(cursor.error().message());
  const auto next = (*cursor)->next();
  if (!next) return refuse_for_now(next.error().message());
  const bool follows = next->has_value() && (*next)->index == identity.records &&
                       (*next)->position == identity.position.next();
  return follows ? Refused{} : misplaced;
}

Refused refuse_identity(LedgerDirectory& ledger, const SnapshotReader& reader) {
  const SnapshotIdentity& identity = reader.identity();
  if (identity.ledger_id != ledger.id()) return Refusal{"the snapshot belongs to another ledger"};
  if (identity.layout != projections::snapshot_layout() || reader.sections() != projections::kStateSections ||
      identity.definition != projections::kStateDigestDefinition) {
    return Refusal{"another version of the program wrote it"};
  }
  return refuse_log(ledger.log(), ledger.index(), identity);
}

// Returns the header of a snapshot of the state at `head`.
SnapshotIdentity identity_at(const LedgerDirectory& ledger, const LogHead& head) {
  return {.ledger_id = ledger.id(),
          .layout = projections::snapshot_layout(),
          .definition = projections::kStateDigestDefinition,
          .position = head.position,
          .records = head.records,
          .time = head.time,
          .root = head.root};
}

// A half of a state from a snapshot, or the reason why the snapshot was not used.
template <typename Made>
struct Reading {
  std::optional<Made> made;
  Refusal refused;
};

// A section that ends when a stop is requested.
class SectionUntilStop final : public ByteSource {
 public:
  SectionUntilStop(std::unique_ptr<SnapshotReader::Section> section, std::stop_token stop)
      : section_(std::move(section)), stop_(std::move(stop)) {}

  bool read(std::span<std::uint8_t> into) override { return !stop_.stop_requested() && section_->read(into); }
  std::uint64_t left() const override { return section_->left(); }

  bool is_sound() const { return section_->is_sound(); }

 private:
  std::unique_ptr<SnapshotReader::Section> section_;
  std::stop_token stop_;
};

// The sections of one half of the state.
template <std::size_t kCount>
struct Half {
  std::array<std::unique_ptr<SectionUntilStop>, kCount> sections;

  Half(const SnapshotReader& reader, std::size_t first, const std::stop_token& stop = {}) {
    for (std::size_t i = 0; i < kCount; ++i) {
      sections[i] = std::make_unique<SectionUntilStop>(reader.section(first + i), stop);
    }
  }

  std::array<ByteSource*, kCount> sources() const {
    std::array<ByteSource*, kCount> all{};
    for (std::size_t i = 0; i < kCount; ++i) all[i] = sections[i].get();
    return all;
  }

  bool is_sound() const {
    return std::all_of(sections.begin(), sections.end(), [](const auto& each) { return each->is_sound(); });
  }
};

using AccessHalf = Half<projections::kAccessSections>;
using CatalogHalf = Half<projections::kCatalogSections>;

// Reads on a thread of its own, or on the caller's thread if the system gives no further thread.
template <typename Read>
auto read_beside(const Read& read) {
  try {
    return std::async(std::launch::async, read);
  } catch (const std::system_error&) {
    return std::async(std::launch::deferred, read);
  }
}

std::optional<State> read_halves(const SnapshotReader& reader, const projections::HashKey& hash_key) {
  const Position position = reader.identity().position;
  const AccessHalf access_half(reader, 0);
  const CatalogHalf catalog_half(reader, projections::kAccessSections);
  auto reading = read_beside([&] { return Access::read_from(access_half.sources(), position); });
  auto catalog = Catalog::read_from(catalog_half.sources(), position, hash_key);
  auto access = reading.get();
  if (!catalog || !access || !access_half.is_sound() || !catalog_half.is_sound()) return std::nullopt;
  if (counts_of(*catalog) != counts_of(*access)) return std::nullopt;
  return State{.catalog = std::move(*catalog), .access = std::move(*access)};
}

// A damaged file must not end a program, because no program needs a snapshot.
template <typename Read>
auto read_or_refuse(const Read& read) -> Reading<typename decltype(read())::value_type> {
  try {
    return {.made = read(), .refused = {kDamaged}};
  } catch (const std::bad_alloc&) {
    return {.made = std::nullopt, .refused = *refuse_for_now("there is not enough memory for it")};
  } catch (const std::length_error&) {
    return {.made = std::nullopt, .refused = {kDamaged}};
  }
}

// Warns of the snapshots that were not used: a line for each reason, because an update makes many snapshots
// useless.
class PassedOver {
 public:
  explicit PassedOver(const Warn& warn) : warn_(warn) {}

  void tell() const {
    for (const auto& [why, files] : by_reason_) {
      const std::string& newest = files.newest;
      warn_(files.count == 1
                ? fmt::format("the snapshot {} is not used: {}", newest, why)
                : fmt::format("{} snapshots are not used (the newest is {}): {}", files.count, newest, why));
    }
  }

  // The newest snapshot comes first.
  void add(const std::filesystem::path& file, const std::string& why) {
    const auto [place, fresh] = by_reason_.try_emplace(why);
    if (fresh) place->second.newest = file.string();
    ++place->second.count;
  }

 private:
  struct Files {
    std::string newest;
    std::size_t count = 0;
  };

  const Warn& warn_;
  std::map<std::string, Files> by_reason_;
};

// Returns the result of `read` for the newest snapshot within the limit that `read` accepts.
template <typename Read>
auto first_believed(LedgerDirectory& ledger, const projections::FoldLimit& limit, const Warn& warn,
                    const Useless& useless, const Read& read) -> decltype(read(nullptr)) {
  PassedOver passed_over(warn);
  decltype(read(nullptr)) believed;
  for (const auto& file : snapshots_in(snapshots_of(ledger.path()))) {
    if (limit.position < position_in_name(file)) continue;
    const auto pass_over = [&](const Refusal& refusal) {
      passed_over.add(file, refusal.why);
      if (refusal.for_ever && useless) useless(file);
    };
    auto reader = SnapshotReader::open(file);
    if (!reader) {
      // A daemon may remove a snapshot between the listing and the opening.
      std::error_code error;
      const bool is_there = std::filesystem::exists(file, error);
      if (is_there || error) pass_over(*refuse_for_now(reader.error().message()));
      continue;
    }
    const SnapshotIdentity& identity = (*reader)->identity();
    if (limit.position < identity.position || limit.time < identity.time) continue;
    if (const auto refused = refuse_identity(ledger, **reader)) {
      pass_over(*refused);
      continue;
    }
    const auto unreadable = (*reader)->unreadable();
    auto [made, refused] = read_or_refuse([&] { return read(std::move(*reader)); });
    if (made) {
      believed = std::move(made);
      break;
    }
    pass_over(*unreadable ? *refuse_for_now("it cannot be read") : refused);
  }
  passed_over.tell();
  return believed;
}

}  // namespace

State newest_snapshot(LedgerDirectory& ledger, const projections::HashKey& hash_key,
                      const projections::FoldLimit& limit, const Warn& warn, const Useless& useless) {
  auto state = first_believed(
      ledger, limit, warn, useless,
      [&](const std::unique_ptr<SnapshotReader>& reader) { return read_halves(*reader, hash_key); });
  return state ? std::move(*state) : State{.catalog = Catalog(hash_key)};
}

HotStart newest_access(LedgerDirectory& ledger, const Warn& warn) {
  const auto read = [](std::unique_ptr<SnapshotReader> reader) -> std::optional<HotStart> {
    const AccessHalf half(*reader, 0);
    const Position position = reader->identity().position;
    auto access = Access::read_from(half.sources(), position);
    if (!access || !half.is_sound()) return std::nullopt;
    // Either half may be damaged.
    if (Catalog::keys_in(*reader->section(projections::kAccessSections), position) != access->keys()) {
      return std::nullopt;
    }
    const EntityCounts counts = counts_of(*access);
    return HotStart{.access = std::move(*access), .snapshot = std::move(reader), .counts = counts};
  };
  auto start = first_believed(ledger, {}, warn, {}, read);
  return start ? std::move(*start) : HotStart{};
}

std::optional<CatalogStart> read_catalog(LedgerDirectory& ledger, const HotStart& start,
                                         const projections::HashKey& hash_key, const std::stop_token& stop,
                                         const Warn& warn) {
  const auto read = [&](const SnapshotReader& reader) -> std::optional<CatalogStart> {
    const CatalogHalf half(reader, projections::kAccessSections, stop);
    const Position position = reader.identity().position;
    auto catalog = Catalog::read_from(half.sources(), position, hash_key);
    if (!catalog || !half.is_sound()) return std::nullopt;
    return CatalogStart{.catalog = std::move(*catalog), .position = position};
  };
  const Position newest = start.snapshot->identity().position;
  auto [made, refused] = read_or_refuse([&]() -> std::optional<CatalogStart> {
    auto own = read(*start.snapshot);
    return own && counts_of(own->catalog) == start.counts ? std::move(own) : std::nullopt;
  });
  if (made || stop.stop_requested()) return std::move(made);
  warn(fmt::format("the snapshot at position {} is used only for verdicts: {}", newest.value(), refused.why));
  const projections::FoldLimit before{.position = Position{newest.value() - 1}};
  // A reading that was stopped says nothing about the snapshot.
  const Warn warn_unless_stopping = [&](const std::string& text) {
    if (!stop.stop_requested()) warn(text);
  };
  auto older = first_believed(ledger, before, warn_unless_stopping, {},
                              [&](const std::unique_ptr<SnapshotReader>& reader) { return read(*reader); });
  if (older || stop.stop_requested()) return older;
  return CatalogStart{.catalog = Catalog(hash_key), .position = kBeforeFirst};
}

Result<Written> write_snapshot(LedgerDirectory& ledger, const LogHead& head, const SnapshotSpacing& spacing,
                               const std::function<Written(ByteSink&)>& write) {
  const auto directory = snapshots_of(ledger.path());
  // Superfluous snapshots are removed to make room.
  thin_snapshots(directory, identity_at(ledger, ledger.index().head()), spacing);
  auto writer = SnapshotWriter::create(directory);
  if (!writer) return writer.error();
  if (write(**writer) == Written::kGivenUp) return Written::kGivenUp;
  if (auto finished = (*writer)->finish(identity_at(ledger, head)); !finished) return finished.error();
  thin_snapshots(directory, identity_at(ledger, ledger.index().head()), spacing);
  return Written::kWhole;
}

SnapshotSpacing snapshot_spacing(LedgerDirectory& ledger, std::uint64_t events) {
  constexpr std::uint64_t kAlwaysFit = std::uint64_t{64} << 20;
  const std::uint64_t wanted = std::max(kAlwaysFit, bytes_of_log(ledger.path()));
  std::error_code error;
  const auto space = std::filesystem::space(ledger.path(), error);
  if (error) return {.events = events, .bytes_max = wanted};
  std::uint64_t room = space.available;
  std::uint64_t newest = 0;
  for (const SnapshotPlace& place : snapshot_places(ledger)) {
    room += place.bytes;
    newest = place.bytes;
  }
  // The next snapshot is written before others are removed.
  const std::uint64_t kept_free = kSnapshotReserve + newest;
  return {.events = events, .bytes_max = std::min(wanted, room > kept_free ? (room - kept_free) / 2 : 0)};
}

std::vector<SnapshotPlace> snapshot_places(LedgerDirectory& ledger) {
  return usable_snapshots(snapshots_of(ledger.path()), identity_at(ledger, ledger.index().head()));
}

}  // namespace keyledger::tools::offline
