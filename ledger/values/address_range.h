// AddressRange: the addresses of a network, in CIDR notation (RFC 4632; RFC 4291, section 2.3).
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

// The first `length` bits of `base`; all other bits of `base` are 0. As in Address, IPv4 is mapped into IPv6,
// so an IPv4 range has a length of 96 to 128.
struct AddressRange {
  Address base;
  std::uint8_t length = 0;

  friend auto operator<=>(const AddressRange&, const AddressRange&) = default;
};

// Reads "192.0.2.0/24", "2001:db8::/32", or a single address. Returns nothing for any other text, and for a
// base with bits beyond the length, because "192.0.2.7/24" may mean one address or 256.
std::optional<AddressRange> parse_address_range(std::string_view text);

// Writes the form that parse_address_range() reads; a single address has no length.
std::string to_string(const AddressRange& range);

// Returns whether the range contains the address. A range of IPv6 addresses contains no IPv4 address, however
// wide the range is.
bool contains(const AddressRange& range, const Address& address);

// Returns whether length and base belong together as described above. For decoders, which check every range
// they read.
bool is_well_formed(const AddressRange& range);

}  // namespace keyledger::ledger
