// Writes a state as the sections of a snapshot. Pure except for the sink.
#pragma once

#include <cstdint>
#include <tuple>

#include "ledger/values/byte_stream.h"
#include "projections/state.h"

namespace keyledger::projections {

constexpr std::size_t kAccessSections = std::tuple_size_v<Access::Sections>;
constexpr std::size_t kCatalogSections = std::tuple_size_v<Catalog::Sections>;
constexpr std::size_t kStateSections = kAccessSections + kCatalogSections;

// Returns a number for this program's layout of sections. A change of kSnapshotVersion, or of the size or
// place of any member of an entry, changes the number. A snapshot of another layout is not read at all.
std::uint64_t snapshot_layout();

// Grows when a section changes in a way not visible in sizes and places of members, and when any fold makes a
// different state of the same log. Otherwise a mistake already mended would live on in every snapshot that
// builds on an older snapshot. A test pins the state that results from every event (golden_state_test.cpp).
constexpr std::uint64_t kSnapshotVersion = 2;

// Writes the sections of Access, then the sections of Catalog. Both must be at the same position.
void write_state(const Catalog& catalog, const Access& access, ledger::ByteSink& sink);

}  // namespace keyledger::projections
