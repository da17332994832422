// ImportGathering: the unfinished imports of a connection.
//
// A client sends a large import in parts with one id, because questions are answered between two parts. The
// parts are gathered here and leave as one import. The limits hold for all unfinished imports of a connection
// together. One thread at a time.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "net/service/messages.h"

namespace keyledger::net {

constexpr std::size_t kImportsInFlightMax = 16;  // of which the last part has not come
constexpr std::size_t kImportObjectsInFlightMax = 2'000'000;
constexpr std::size_t kImportBytesInFlightMax = std::size_t{512} << 20;

class ImportGathering {
 public:
  // An import with all its parts.
  struct Whole {
    RunCommand run;                          // with the first part
    std::vector<commands::ImportKeys> more;  // the parts after the first
  };

  // Adds a part; the part's command must be an import. `bytes` is the size of the part's frame. Returns the
  // whole import after the last part, and nothing before. Refuses with kImportTooLarge past a limit; after a
  // refusal the gathering must not be used any more.
  ledger::Result<std::optional<Whole>, ledger::Refusal> add(std::uint64_t id, RunCommand part,
                                                            std::size_t bytes);

  // Returns true if parts of an import with this id have come, but not the last.
  bool has(std::uint64_t id) const { return imports_.contains(id); }

 private:
  struct Import {
    Whole parts;
    std::size_t objects = 0;
    std::size_t bytes = 0;
  };

  boost::unordered_flat_map<std::uint64_t, Import> imports_;
  std::size_t objects_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace keyledger::net
