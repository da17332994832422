// A state as the sections of a snapshot, and from them again. Pure but for the sink and the sources.
#pragma once

#include <cstdint>
#include <tuple>

#include "ledger/values/byte_stream.h"
#include "projections/state.h"

namespace keyledger::projections {

constexpr std::size_t kAccessSections = std::tuple_size_v<Access::Sections>;
constexpr std::size_t kCatalogSections = std::tuple_size_v<Catalog::Sections>;
constexpr std::size_t kStateSections = kAccessSections + kCatalogSections;

// How sections of this program are laid out: another size or place of anything in an entry gives another
// number, and so does kSnapshotVersion. A snapshot of another layout is not read at all.
std::uint64_t snapshot_layout();

// Grows when a section changes in a way that does not show in sizes and places of members, and when any fold
// makes something else of a log than it did: a mistake that was mended would else live on in every snapshot
// that begins with one from before. A test pins what a state of every event is (golden_state_test.cpp).
constexpr std::uint64_t kSnapshotVersion = 1;

// The sections of Access, then those of Catalog. Both are at one position.
void write_state(const Catalog& catalog, const Access& access, ledger::ByteSink& sink);

}  // namespace keyledger::projections
