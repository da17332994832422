#include "ledger/values/address_range.h"

#include <catch2/catch.hpp>

namespace keyledger::ledger {
namespace {

bool holds(const char* range, const char* address) {
  return contains(parse_address_range(range).value(), parse_address(address).value());
}

}  // namespace

TEST_CASE("an address range is shown as it is written") {
  for (const char* text : {"192.0.2.0/24", "0.0.0.0/0", "192.0.2.7", "10.0.0.0/8", "2001:db8::/32", "::/0",
                           "2001:db8::7", "2001:db8::/127", "192.0.2.6/31"}) {
    CAPTURE(text);
    const auto range = parse_address_range(text);
    REQUIRE(range.has_value());
    CHECK(is_well_formed(*range));
    CHECK(to_string(*range) == text);
  }
}

TEST_CASE("a whole length is a single address") {
  CHECK(parse_address_range("192.0.2.7/32") == parse_address_range("192.0.2.7"));
  CHECK(parse_address_range("::1/128") == parse_address_range("::1"));
}

TEST_CASE("what is no address range is none") {
  for (const char* text :
       {"", "/", "192.0.2.0/", "192.0.2.0/33", "2001:db8::/129", "192.0.2.0/-1", "192.0.2.0/+4",
        "192.0.2.0/24 ", " 192.0.2.0/24", "192.0.2/24", "192.0.2.7/24", "2001:db8::1/64", "example.com",
        "192.0.2.0/2 4", "192.0.2.0/24/24", "192.0.2.0/300"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_address_range(text).has_value());
  }
}

TEST_CASE("a range contains the addresses that begin as it does") {
  CHECK(holds("192.0.2.0/24", "192.0.2.0"));
  CHECK(holds("192.0.2.0/24", "192.0.2.255"));
  CHECK_FALSE(holds("192.0.2.0/24", "192.0.3.0"));
  CHECK(holds("192.0.2.6/31", "192.0.2.7"));
  CHECK_FALSE(holds("192.0.2.6/31", "192.0.2.8"));
  CHECK(holds("192.0.2.7", "192.0.2.7"));
  CHECK_FALSE(holds("192.0.2.7", "192.0.2.6"));
  CHECK(holds("2001:db8::/32", "2001:db8:ffff::1"));
  CHECK_FALSE(holds("2001:db8::/32", "2001:db9::1"));
  CHECK(holds("0.0.0.0/0", "255.255.255.255"));
}

TEST_CASE("ranges of one family contain no address of the other") {
  CHECK_FALSE(holds("::/0", "192.0.2.7"));
  CHECK_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
  CHECK(holds("::/0", "2001:db8::1"));
}

TEST_CASE("an IPv4 address that is written as IPv6 is the same address") {
  CHECK(holds("192.0.2.0/24", "::ffff:192.0.2.7"));
}

}  // namespace keyledger::ledger
