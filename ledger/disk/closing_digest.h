// The digest of the live state that the last writer of a ledger left on closing, and its place. Any thread.
#pragma once

#include <cstdint>
#include <filesystem>

#include "ledger/values/position.h"
#include "ledger/values/sha256.h"

namespace keyledger::ledger {

struct ClosingDigest {
  Position position;
  Hash digest{};
  // The definition of the digest: digests of different definitions cannot be compared.
  std::uint64_t definition = 1;

  friend bool operator==(const ClosingDigest&, const ClosingDigest&) = default;
};

// Returns the path of the closing digest, DIR/closing.
inline std::filesystem::path closing_of(const std::filesystem::path& ledger) { return ledger / "closing"; }

}  // namespace keyledger::ledger
