// MemorySections: the sections of a snapshot in memory, for a test to write, inspect, damage and read.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "projections/state_snapshot.h"

namespace keyledger::tests {

class MemorySections : public ledger::ByteSink {
 public:
  void next_section() override { all.emplace_back(); }
  void write(std::span<const std::uint8_t> bytes) override {
    all.back().insert(all.back().end(), bytes.begin(), bytes.end());
  }

  std::vector<std::vector<std::uint8_t>> all;
};

class MemorySource : public ledger::ByteSource {
 public:
  explicit MemorySource(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  bool read(std::span<std::uint8_t> into) override {
    if (into.size() > bytes_.size()) {
      bytes_ = {};
      return false;
    }
    std::copy_n(bytes_.begin(), into.size(), into.begin());
    bytes_ = bytes_.subspan(into.size());
    return true;
  }
  std::uint64_t left() const override { return bytes_.size(); }

 private:
  std::span<const std::uint8_t> bytes_;
};

// Returns the sections of the state, as a snapshot stores them.
inline std::vector<std::vector<std::uint8_t>> sections_of(const projections::State& state) {
  MemorySections sections;
  projections::write_state(state.catalog, state.access, sections);
  return std::move(sections.all);
}

// Returns the state, or nothing if either half rejects its sections.
inline std::optional<projections::State> state_from(const std::vector<std::vector<std::uint8_t>>& sections,
                                                    ledger::Position position,
                                                    const projections::HashKey& hash_key = {}) {
  std::deque<MemorySource> sources(sections.begin(), sections.end());
  projections::Access::Sections access;
  projections::Catalog::Sections catalog;
  for (std::size_t i = 0; i < access.size(); ++i) access[i] = &sources[i];
  for (std::size_t i = 0; i < catalog.size(); ++i) catalog[i] = &sources[access.size() + i];
  auto read_access = projections::Access::read_from(access, position);
  auto read_catalog = projections::Catalog::read_from(catalog, position, hash_key);
  if (!read_access || !read_catalog) return std::nullopt;
  return projections::State{.catalog = std::move(*read_catalog), .access = std::move(*read_access)};
}

}  // namespace keyledger::tests
