// DumpTable: the objects of a model in a file, in the order of the file, with a lookup by primary key.
//
// The table keeps an object once, even if the object occurs twice with equal contents. Two objects with a
// common primary key and different contents contradict each other (kInputInvalid). One thread.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ledger/values/error.h"
#include "tools/import/dump_fields.h"

namespace keyledger::tools::import {

template <typename Contents>
class DumpTable {
 public:
  struct Row {
    DumpPlace place;
    std::string identity;
    Contents contents;
  };

  // Adds a row. Returns true if the row is new, and false if an equal row exists. Fails with kInputInvalid if
  // a different row has the identity. `identity` is the primary key or a substitute.
  ledger::Result<bool> add(const DumpPlace& place, const std::string& identity, Contents contents) {
    const auto [known, is_new] = by_identity_.try_emplace(identity, rows_.size());
    if (is_new) {
      rows_.push_back({.place = place, .identity = identity, .contents = std::move(contents)});
      return true;
    }
    const Row& first = rows_[known->second];
    if (first.contents == contents) return false;
    return wrong(
        place, fmt::format("its primary key is also that of {}, which has other values", first.place.text()));
  }

  // Adds a second identity for the row added last. Returns false if the identity is taken.
  bool add_natural(const std::string& identity) {
    return by_identity_.emplace(identity, rows_.size() - 1).second;
  }

  // Returns the index of the row with `identity` as primary key or second identity; nothing if no row has the
  // identity.
  std::optional<std::size_t> find(const std::string& identity) const {
    const auto found = by_identity_.find(identity);
    return found == by_identity_.end() ? std::nullopt : std::optional(found->second);
  }

  const std::vector<Row>& rows() const { return rows_; }
  const Row& row(std::size_t index) const { return rows_[index]; }

 private:
  std::vector<Row> rows_;
  std::unordered_map<std::string, std::size_t> by_identity_;
};

}  // namespace keyledger::tools::import
