#include "ledger/values/varint.h"

#include <catch2/catch.hpp>
#include <vector>

namespace keyledger::ledger {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes encoded(std::uint64_t value) {
  Bytes bytes(kVarintBytesMax);
  bytes.resize(static_cast<std::size_t>(put_varint(bytes.data(), value) - bytes.data()));
  return bytes;
}

Bytes encoded(const std::vector<std::uint64_t>& values) {
  Bytes bytes(values.size() * kVarintBytesMax);
  std::uint8_t* end = bytes.data();
  for (const std::uint64_t value : values) end = put_varint(end, value);
  bytes.resize(static_cast<std::size_t>(end - bytes.data()));
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
  std::vector<std::uint64_t> values = {0, 1, std::numeric_limits<std::uint64_t>::max()};
  for (unsigned bit = 1; bit < 64; ++bit) {
    values.push_back((std::uint64_t{1} << bit) - 1);
    values.push_back(std::uint64_t{1} << bit);
  }
  const Bytes bytes = encoded(values);
  VarintReader reader(bytes);
  for (const std::uint64_t value : values) CHECK(reader.take() == value);
  CHECK(reader.finished());
}

TEST_CASE("a varint of nothing comes back wherever it stands in a column") {
  for (const std::size_t size : {1U, 7U, 8U, 20U}) {
    const Bytes column(size, 0);
    VarintReader reader(column);
    for (std::size_t i = 0; i < size; ++i) CHECK(reader.take() == 0);
    CHECK(reader.finished());
  }
}

TEST_CASE("a varint that is cut off, longer than needed or too great is refused") {
  const Bytes bytes = GENERATE(as<Bytes>{}, Bytes{}, Bytes{0x80}, Bytes{0x80, 0x00}, Bytes{0xff, 0x80, 0x00},
                               Bytes{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02},
                               Bytes{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01});
  VarintReader reader(bytes);
  CHECK(reader.take() == 0);
  CHECK(!reader.finished());
}

TEST_CASE("a varint longer than needed is refused in the middle of a column, too") {
  const Bytes needless = GENERATE(as<Bytes>{}, Bytes{0x80, 0x00}, Bytes{0xff, 0x80, 0x00},
                                  Bytes{0x81, 0x80, 0x80, 0x00}, Bytes{0x81, 0x80, 0x80, 0x80, 0x00});
  Bytes column(20, 1);
  column.insert(column.begin() + 5, needless.begin(), needless.end());
  VarintReader reader(column);
  for (int i = 0; i < 21; ++i) reader.take();
  CHECK(!reader.finished());
}

TEST_CASE("what is left over is noticed") {
  const Bytes two = {1, 2};
  VarintReader reader(two);
  reader.take();
  CHECK(!reader.finished());
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
