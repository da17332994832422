// The Merkle tree over the records: RFC 9162, section 2.1.1, with SHA-256.
//
// Leaf n is the stored bytes of record n. The tree is kept as a frontier: the roots of its perfect subtrees,
// largest first, at most 64. Values; any thread, no locks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ledger/values/sha256.h"

namespace keyledger::ledger {

// Returns SHA-256(0x00 || record).
Hash leaf_hash(std::span<const std::uint8_t> record);

// Returns SHA-256(0x01 || left || right).
Hash node_hash(const Hash& left, const Hash& right);

// A perfect subtree of 2^level leaves. The first leaf has index `index` * 2^level.
struct MerkleNode {
  std::uint8_t level = 0;
  std::uint64_t index = 0;
  Hash hash{};

  friend bool operator==(const MerkleNode&, const MerkleNode&) = default;
};

class MerkleFrontier {
 public:
  MerkleFrontier() = default;

  // Makes a tree of `size` leaves from the roots of its perfect subtrees: a root for each bit of `size`
  // (ENSURE), largest first.
  MerkleFrontier(std::uint64_t size, std::vector<Hash> subtrees);

  std::uint64_t size() const { return size_; }

  // Returns the root; for the empty tree, SHA-256 of nothing.
  Hash root() const;

  // Adds a leaf. Appends every perfect subtree completed by the leaf, and the leaf itself, to `completed`.
  void append(const Hash& leaf, std::vector<MerkleNode>& completed);

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash> subtrees_;
};

}  // namespace keyledger::ledger
