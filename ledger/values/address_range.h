// AddressRange: the addresses of one network, in CIDR notation (RFC 4632; RFC 4291, section 2.3).
//
// Plain value; pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/values/address.h"

namespace keyledger::ledger {

constexpr std::uint8_t kAddressBits = 128;

// The first `length` bits of `base`; the rest of its bits are 0. As in Address, IPv4 is mapped, so that its
// lengths are 96 to 128 here.
struct AddressRange {
  Address base;
  std::uint8_t length = 0;

  friend auto operator<=>(const AddressRange&, const AddressRange&) = default;
};

// "192.0.2.0/24", "2001:db8::/32", or a single address. Nothing for any other text, and for a base with bits
// beyond the length: "192.0.2.7/24" may mean one address or 256.
std::optional<AddressRange> parse_address_range(std::string_view text);

// As above; a single address without its length.
std::string to_string(const AddressRange& range);

// A range of IPv6 addresses, however wide, contains no IPv4 address.
bool contains(const AddressRange& range, const Address& address);

// True if length and base belong together, as above: what a decoder asks of a range that it read.
bool is_well_formed(const AddressRange& range);

}  // namespace keyledger::ledger
