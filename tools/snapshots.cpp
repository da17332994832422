#include "tools/snapshots.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <future>
#include <new>
#include <stdexcept>
#include <system_error>

#include "ledger/snapshot_file.h"
#include "projections/state_snapshot.h"

namespace keyledger::tools {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every state
using projections::Access;
using projections::Catalog;
using projections::State;

namespace {

using Refused = std::optional<std::string>;

// Whether the log at hand begins with the records that the snapshot was folded from.
Refused refuse_log(const EventLog& log, const SnapshotIdentity& identity) {
  const LogHead head = log.head();
  if (head.records < identity.records || head.position < identity.position) {
    return "the log does not reach so far";
  }
  const auto root = log.root_at(identity.records);
  if (!root) return root.error().message();
  if (*root != identity.root) return "it is of another log";
  if (head.records == identity.records) {
    return head.position == identity.position ? Refused{} : "its position is not that of its records";
  }
  const auto cursor = log.read(identity.position.next());
  if (!cursor) return cursor.error().message();
  const auto next = (*cursor)->next();
  if (!next) return next.error().message();
  const bool follows = next->has_value() && (*next)->index == identity.records &&
                       (*next)->position == identity.position.next();
  return follows ? Refused{} : "its position is not that of its records";
}

Refused refuse_identity(LedgerDirectory& ledger, const SnapshotReader& reader) {
  const SnapshotIdentity& identity = reader.identity();
  if (identity.ledger_id != ledger.id()) return "it is of another ledger";
  if (identity.layout != projections::snapshot_layout() || reader.sections() != projections::kStateSections ||
      identity.definition != projections::kStateDigestDefinition) {
    return "it was left by another version of the program";
  }
  return refuse_log(ledger.log(), identity);
}

// A state, or why there is none.
struct Reading {
  std::optional<State> state;
  std::string refused;
};

// The sections of one half of the state.
template <std::size_t kCount>
struct Half {
  std::array<std::unique_ptr<SnapshotReader::Section>, kCount> sections;

  Half(const SnapshotReader& reader, std::size_t first) {
    for (std::size_t i = 0; i < kCount; ++i) sections[i] = reader.section(first + i);
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

// On a thread of its own, or by whoever asks for it if there is none to be had.
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
  const Half<projections::kAccessSections> access_half(reader, 0);
  const Half<projections::kCatalogSections> catalog_half(reader, projections::kAccessSections);
  auto reading = read_beside([&] { return Access::read_from(access_half.sources(), position); });
  auto catalog = Catalog::read_from(catalog_half.sources(), position, hash_key);
  auto access = reading.get();
  if (!catalog || !access || !access_half.is_sound() || !catalog_half.is_sound()) return std::nullopt;
  const bool are_one = catalog->keys() == access->keys() && catalog->users() == access->users() &&
                       catalog->clients() == access->clients();
  if (!are_one) return std::nullopt;
  return State{.catalog = std::move(*catalog), .access = std::move(*access)};
}

// Nothing that a file holds may end a program that could do without it.
Reading read_state(const SnapshotReader& reader, const projections::HashKey& hash_key) {
  try {
    return {.state = read_halves(reader, hash_key), .refused = "it is damaged"};
  } catch (const std::bad_alloc&) {
    return {.state = std::nullopt, .refused = "there is no memory for it"};
  } catch (const std::length_error&) {
    return {.state = std::nullopt, .refused = "it is damaged"};
  }
}

}  // namespace

State newest_snapshot(LedgerDirectory& ledger, const projections::HashKey& hash_key,
                      const projections::FoldLimit& limit, const Warn& warn) {
  for (const auto& file : snapshots_in(snapshots_of(ledger.path()))) {
    const auto pass_over = [&](const std::string& why) {
      warn(fmt::format("the snapshot {} is not used: {}", file.string(), why));
    };
    const auto reader = SnapshotReader::open(file);
    if (!reader) {
      // Beside a daemon one may go between being listed and being opened.
      if (std::filesystem::exists(file)) pass_over(reader.error().message());
      continue;
    }
    const SnapshotIdentity& identity = (*reader)->identity();
    if (limit.position < identity.position || limit.time < identity.time) continue;
    if (const auto why = refuse_identity(ledger, **reader)) {
      pass_over(*why);
      continue;
    }
    auto [state, refused] = read_state(**reader, hash_key);
    if (state) return std::move(*state);
    pass_over(refused);
  }
  return State{.catalog = Catalog(hash_key)};
}

Result<Written> write_snapshot(LedgerDirectory& ledger, const LogHead& head,
                               const std::function<Written(ByteSink&)>& write) {
  auto writer = SnapshotWriter::create(snapshots_of(ledger.path()));
  if (!writer) return writer.error();
  if (write(**writer) == Written::kGivenUp) return Written::kGivenUp;
  const auto finished = (*writer)->finish({.ledger_id = ledger.id(),
                                           .layout = projections::snapshot_layout(),
                                           .definition = projections::kStateDigestDefinition,
                                           .position = head.position,
                                           .records = head.records,
                                           .time = head.time,
                                           .root = head.root});
  if (!finished) return finished.error();
  return Written::kWhole;
}

}  // namespace keyledger::tools
