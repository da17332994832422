#include "ledger/varint.h"

#include <catch2/catch.hpp>

namespace keyledger::ledger {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes encoded(std::uint64_t value) {
  Bytes bytes;
  append_varint(bytes, value);
  return bytes;
}

}  // namespace

TEST_CASE("a varint has seven bits a byte, the least significant first") {
  CHECK(encoded(0) == Bytes{0});
  CHECK(encoded(127) == Bytes{0x7f});
  CHECK(encoded(128) == Bytes{0x80, 0x01});
  CHECK(encoded(300) == Bytes{0xac, 0x02});
  CHECK(encoded(std::numeric_limits<std::uint64_t>::max()).size() == 10);
}

TEST_CASE("varints come back, at every length") {
  Bytes bytes;
  std::vector<std::uint64_t> values = {0, 1, std::numeric_limits<std::uint64_t>::max()};
  for (unsigned bit = 1; bit < 64; ++bit) {
    values.push_back((std::uint64_t{1} << bit) - 1);
    values.push_back(std::uint64_t{1} << bit);
  }
  for (const std::uint64_t value : values) append_varint(bytes, value);
  VarintReader reader(bytes);
  for (const std::uint64_t value : values) CHECK(reader.take() == value);
  CHECK(reader.finished());
}

TEST_CASE("a varint that is cut off, longer than needed or too great is refused") {
  const Bytes bytes = GENERATE(as<Bytes>{}, Bytes{}, Bytes{0x80}, Bytes{0x80, 0x00}, Bytes{0xff, 0x80, 0x00},
                               Bytes{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02},
                               Bytes{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01});
  VarintReader reader(bytes);
  CHECK(reader.take() == 0);
  CHECK(!reader.finished());
}

TEST_CASE("what is left over, and what does not fit 32 bits, is noticed") {
  const Bytes two = {1, 2};
  VarintReader reader(two);
  reader.take();
  CHECK(!reader.finished());

  const Bytes large = encoded(std::uint64_t{1} << 32);
  VarintReader narrow(large);
  narrow.take_32();
  CHECK(!narrow.finished());
  const Bytes largest = encoded(0xffffffff);
  VarintReader wide(largest);
  CHECK(wide.take_32() == 0xffffffff);
  CHECK(wide.finished());
}

TEST_CASE("zigzag keeps small numbers of either sign small, and gives all of them back") {
  CHECK(zigzag(0) == 0);
  CHECK(zigzag(-1) == 1);
  CHECK(zigzag(1) == 2);
  for (const std::int64_t value :
       {std::numeric_limits<std::int64_t>::min(), std::int64_t{-300}, std::int64_t{0}, std::int64_t{300},
        std::numeric_limits<std::int64_t>::max()}) {
    CHECK(unzigzag(zigzag(value)) == value);
  }
}

}  // namespace keyledger::ledger
