#include "ledger/merkle.h"

#include <bit>
#include <catch2/catch.hpp>
#include <string>

#include "ledger/values/key_digest.h"
#include "tests/ledger/reference_tree.h"

namespace keyledger::ledger {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes unhexed(const std::string& hex) {
  Bytes bytes(hex.size() / 2);
  REQUIRE(from_hex(hex, bytes));
  return bytes;
}

// The inputs of the Certificate Transparency reference tests, and the roots of the first 0, 1, ... 8 inputs.
const std::vector<std::string> kInputs = {
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
const std::vector<std::string> kRoots = {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                                         "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                         "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                         "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                                         "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                                         "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                                         "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                                         "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                                         "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

std::vector<Bytes> numbered_leaves(std::size_t count) {
  std::vector<Bytes> leaves;
  for (std::size_t i = 0; i < count; ++i) {
    leaves.push_back({static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(i >> 8)});
  }
  return leaves;
}

}  // namespace

TEST_CASE("the roots are those of the Certificate Transparency reference tests") {
  MerkleFrontier frontier;
  std::vector<MerkleNode> completed;
  CHECK(to_hex(frontier.root()) == kRoots[0]);
  for (std::size_t i = 0; i < kInputs.size(); ++i) {
    frontier.append(leaf_hash(unhexed(kInputs[i])), completed);
    CHECK(frontier.size() == i + 1);
    CHECK(to_hex(frontier.root()) == kRoots[i + 1]);
  }
}

TEST_CASE("the root of every size is that of the recursion in RFC 9162") {
  const auto leaves = numbered_leaves(300);
  MerkleFrontier frontier;
  std::vector<MerkleNode> completed;
  for (std::size_t size = 0; size < leaves.size(); ++size) {
    CHECK(frontier.root() == reference_root(std::span(leaves).first(size)));
    frontier.append(leaf_hash(leaves[size]), completed);
  }
}

TEST_CASE("every perfect subtree is told once, when its last leaf comes") {
  const auto leaves = numbered_leaves(64);
  MerkleFrontier frontier;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    std::vector<MerkleNode> completed;
    frontier.append(leaf_hash(leaves[i]), completed);
    REQUIRE(completed.size() == static_cast<std::size_t>(std::countr_zero(i + 1)) + 1);
    for (std::size_t level = 0; level < completed.size(); ++level) {
      const std::size_t width = std::size_t{1} << level;
      CHECK(completed[level].level == level);
      CHECK(completed[level].index == i / width);
      CHECK(completed[level].hash == reference_root(std::span(leaves).subspan(i / width * width, width)));
    }
  }
}

TEST_CASE("a frontier is made again from its perfect subtrees") {
  const auto leaves = numbered_leaves(13);
  std::vector<MerkleNode> completed;
  MerkleFrontier grown;
  for (const Bytes& leaf : leaves) grown.append(leaf_hash(leaf), completed);
  const std::span<const Bytes> all = leaves;
  MerkleFrontier made(
      13, {reference_root(all.first(8)), reference_root(all.subspan(8, 4)), leaf_hash(leaves[12])});
  CHECK(made.root() == grown.root());
  grown.append(leaf_hash(leaves[0]), completed);
  made.append(leaf_hash(leaves[0]), completed);
  CHECK(made.root() == grown.root());
}

TEST_CASE("a leaf and a node of the same bytes hash differently") {
  const Hash left{1};
  const Hash right{2};
  Bytes both(left.begin(), left.end());
  both.insert(both.end(), right.begin(), right.end());
  CHECK(leaf_hash(both) != node_hash(left, right));
}

}  // namespace keyledger::ledger
