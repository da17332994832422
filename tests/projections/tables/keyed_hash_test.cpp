#include "projections/tables/keyed_hash.h"

#include <catch2/catch.hpp>
#include <string>

namespace keyledger::projections {
namespace {

// The expected values are CPython 3.11's hashes of bytes, which are SipHash-1-3. Computed with
// PYTHONHASHSEED=0 (a key of zeros) for eight bytes of 1 followed by the text.
TEST_CASE("the keyed hash is SipHash-1-3 of a scope and a text") {
  const std::uint64_t scope = 0x0101010101010101;
  CHECK(keyed_hash({}, scope, "") == 0x836212ebc41326b4);
  CHECK(keyed_hash({}, scope, "a") == 0x25d30a593f8a95f5);
  CHECK(keyed_hash({}, scope, "key1234") == 0x77f68e0e25b3d4ce);
  CHECK(keyed_hash({}, scope, "key12345") == 0x9919b92b245987fb);
  CHECK(keyed_hash({}, scope, "the quick brown fox") == 0x572de6645fec70c7);
}

TEST_CASE("another key or another scope gives another hash") {
  const std::uint64_t hash = keyed_hash({.first = 1, .second = 2}, 3, "name");
  CHECK(keyed_hash({.first = 2, .second = 2}, 3, "name") != hash);
  CHECK(keyed_hash({.first = 1, .second = 3}, 3, "name") != hash);
  CHECK(keyed_hash({.first = 1, .second = 2}, 4, "name") != hash);
}

}  // namespace
}  // namespace keyledger::projections
