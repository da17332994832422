#include "ledger/merkle.h"

#include <bit>

#include "ledger/values/ensure.h"
#include "ledger/values/sha256.h"

namespace keyledger::ledger {
namespace {

constexpr std::uint8_t kLeafPrefix = 0x00;
constexpr std::uint8_t kNodePrefix = 0x01;

}  // namespace

Hash leaf_hash(std::span<const std::uint8_t> record) { return sha256(kLeafPrefix, record); }

Hash node_hash(const Hash& left, const Hash& right) { return sha256(kNodePrefix, left, right); }

MerkleFrontier::MerkleFrontier(std::uint64_t size, std::vector<Hash> subtrees)
    : size_(size), subtrees_(std::move(subtrees)) {
  ENSURE(subtrees_.size() == static_cast<std::size_t>(std::popcount(size_)),
         "one perfect subtree for each bit");
}

Hash MerkleFrontier::root() const {
  if (subtrees_.empty()) return sha256({});
  Hash root = subtrees_.back();
  for (std::size_t i = subtrees_.size() - 1; i-- > 0;) root = node_hash(subtrees_[i], root);
  return root;
}

void MerkleFrontier::append(const Hash& leaf, std::vector<MerkleNode>& completed) {
  MerkleNode node{.level = 0, .index = size_, .hash = leaf};
  completed.push_back(node);
  // A leaf with an odd index is a right child. Together with its left sibling, the smallest subtree so far,
  // the leaf completes a parent; the parent may be a right child in turn.
  while (node.index % 2 == 1) {
    node = {.level = static_cast<std::uint8_t>(node.level + 1),
            .index = node.index / 2,
            .hash = node_hash(subtrees_.back(), node.hash)};
    subtrees_.pop_back();
    completed.push_back(node);
  }
  subtrees_.push_back(node.hash);
  ++size_;
}

}  // namespace keyledger::ledger
