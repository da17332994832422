#include "ledger/merkle.h"

#include <openssl/evp.h>

#include <bit>
#include <memory>

#include "ledger/ensure.h"

namespace keyledger::ledger {
namespace {

constexpr std::uint8_t kLeafPrefix = 0x00;
constexpr std::uint8_t kNodePrefix = 0x01;

using Bytes = std::span<const std::uint8_t>;

Hash sha256(std::uint8_t prefix, Bytes first, Bytes second) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  Hash hash{};
  const bool hashed = context != nullptr && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1 &&
                      EVP_DigestUpdate(context.get(), &prefix, 1) == 1 &&
                      EVP_DigestUpdate(context.get(), first.data(), first.size()) == 1 &&
                      EVP_DigestUpdate(context.get(), second.data(), second.size()) == 1 &&
                      EVP_DigestFinal_ex(context.get(), hash.data(), nullptr) == 1;
  ENSURE(hashed, "OpenSSL hashes memory with SHA-256");
  return hash;
}

Hash hash_of_nothing() {
  Hash hash{};
  ENSURE(EVP_Digest(nullptr, 0, hash.data(), nullptr, EVP_sha256(), nullptr) == 1, "OpenSSL has SHA-256");
  return hash;
}

}  // namespace

Hash leaf_hash(std::span<const std::uint8_t> record) { return sha256(kLeafPrefix, record, {}); }

Hash node_hash(const Hash& left, const Hash& right) { return sha256(kNodePrefix, left, right); }

MerkleFrontier::MerkleFrontier(std::uint64_t size, std::vector<Hash> subtrees)
    : size_(size), subtrees_(std::move(subtrees)) {
  ENSURE(subtrees_.size() == static_cast<std::size_t>(std::popcount(size_)),
         "one perfect subtree for each bit");
}

Hash MerkleFrontier::root() const {
  if (subtrees_.empty()) return hash_of_nothing();
  Hash root = subtrees_.back();
  for (std::size_t i = subtrees_.size() - 1; i-- > 0;) root = node_hash(subtrees_[i], root);
  return root;
}

void MerkleFrontier::append(const Hash& leaf, std::vector<MerkleNode>& completed) {
  MerkleNode node{.level = 0, .index = size_, .hash = leaf};
  completed.push_back(node);
  // An odd index is a right child: with its left sibling, the smallest subtree so far, it completes their
  // parent.
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
