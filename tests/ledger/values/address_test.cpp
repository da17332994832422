#include "ledger/values/address.h"

#include <catch2/catch.hpp>

namespace keyledger::ledger {
namespace {

std::optional<Address> from_compact(const std::string& bytes) {
  return from_compact_bytes({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

}  // namespace

TEST_CASE("an address is written as it is read, IPv6 in its shortest form") {
  const auto [text, written] = GENERATE(table<std::string, std::string>({
      {"192.0.2.7", "192.0.2.7"},
      {"0.0.0.0", "0.0.0.0"},
      {"2001:DB8:0:0:0:0:0:7", "2001:db8::7"},
      {"::1", "::1"},
      {"::", "::"},
      {"::ffff:192.0.2.7", "192.0.2.7"},
  }));
  CAPTURE(text);
  const auto address = parse_address(text);
  REQUIRE(address);
  CHECK(to_string(*address) == written);
}

TEST_CASE("what is not an address is refused") {
  const std::string text = GENERATE("", "192.0.2", "192.0.2.256", "192.0.2.7 ", "192.0.2.07/32", "host",
                                    ":::", "1::2::3", "2001:db8::7%eth0", "[::1]");
  CAPTURE(text);
  CHECK(!parse_address(text));
}

TEST_CASE("F8: text behind a zero byte makes an address no address") {
  for (const std::string text : {"192.0.2.7", "2001:db8::7"}) {
    CHECK(parse_address(text));
    CHECK(!parse_address(text + '\0'));
    CHECK(!parse_address(text + '\0' + "evil"));
  }
}

TEST_CASE("an address takes four bytes for IPv4 and sixteen for IPv6, and comes back") {
  const Address v4 = parse_address("192.0.2.7").value();
  const Address v6 = parse_address("2001:db8::7").value();
  CHECK(compact_bytes(v4) == std::string("\xc0\x00\x02\x07", 4));
  CHECK(compact_bytes(v6).size() == 16);
  CHECK(from_compact(compact_bytes(v4)) == v4);
  CHECK(from_compact(compact_bytes(v6)) == v6);
  CHECK(!from_compact(""));
  CHECK(!from_compact("abc"));
  CHECK(!from_compact(std::string(17, 'x')));
}

TEST_CASE("equal addresses have equal hashes") {
  CHECK(hash_value(parse_address("::ffff:192.0.2.7").value()) ==
        hash_value(parse_address("192.0.2.7").value()));
  CHECK(hash_value(parse_address("192.0.2.8").value()) != hash_value(parse_address("192.0.2.7").value()));
}

}  // namespace keyledger::ledger
