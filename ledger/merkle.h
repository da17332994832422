// The Merkle tree over the records: RFC 9162, section 2.1.1, with SHA-256.
//
// Leaf n is record n, as its stored bytes. The tree is kept as its frontier: the roots of the perfect
// subtrees that make it up, largest first, at most 64. Values; any thread, no locks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ledger/values/sha256.h"

namespace keyledger::ledger {

// SHA-256(0x00 || record)
Hash leaf_hash(std::span<const std::uint8_t> record);

// SHA-256(0x01 || left || right)
Hash node_hash(const Hash& left, const Hash& right);

// A perfect subtree: 2^level leaves, the first of which is index * 2^level.
struct MerkleNode {
  std::uint8_t level = 0;
  std::uint64_t index = 0;
  Hash hash{};

  friend bool operator==(const MerkleNode&, const MerkleNode&) = default;
};

class MerkleFrontier {
 public:
  MerkleFrontier() = default;

  // A tree of `size` leaves from the roots of its perfect subtrees, one for each bit of `size`, largest
  // first.
  MerkleFrontier(std::uint64_t size, std::vector<Hash> subtrees);

  std::uint64_t size() const { return size_; }

  // SHA-256 of nothing for the empty tree.
  Hash root() const;

  // Adds a leaf; every perfect subtree that it completes, itself included, is appended to `completed`.
  void append(const Hash& leaf, std::vector<MerkleNode>& completed);

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash> subtrees_;
};

}  // namespace keyledger::ledger
