// The Merkle tree hash by its definition in RFC 9162, section 2.1.1: a recursion over all leaves. Slow and
// obviously right, for comparison with the fast implementation.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ledger/merkle.h"

namespace keyledger::ledger {

inline Hash reference_root(std::span<const std::vector<std::uint8_t>> leaves) {
  if (leaves.empty()) return MerkleFrontier{}.root();
  if (leaves.size() == 1) return leaf_hash(leaves.front());
  std::size_t left = 1;
  while (left * 2 < leaves.size()) left *= 2;
  return node_hash(reference_root(leaves.first(left)), reference_root(leaves.subspan(left)));
}

}  // namespace keyledger::ledger
