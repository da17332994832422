// Address: the IPv4 or IPv6 address from which a key was used.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace keyledger::ledger {

// Sixteen bytes in network order; IPv4 as IPv4-mapped IPv6 (RFC 4291, section 2.5.5.2).
struct Address {
  std::array<std::uint8_t, 16> bytes{};

  friend auto operator<=>(const Address&, const Address&) = default;
};

bool is_ipv4(const Address& address);

// Reads an IPv4 or IPv6 address; returns nothing for any other text.
std::optional<Address> parse_address(std::string_view text);

// Writes IPv4 as a dotted quad, IPv6 as in RFC 5952.
std::string to_string(const Address& address);

// The form in events and on the wire: four bytes for IPv4, sixteen for IPv6.
std::string compact_bytes(const Address& address);
// Reads the compact form; returns nothing unless there are four or sixteen bytes.
std::optional<Address> from_compact_bytes(std::span<const std::uint8_t> bytes);

std::size_t hash_value(const Address& address);

}  // namespace keyledger::ledger
