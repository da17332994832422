#include "ledger/values/address_range.h"

#include <algorithm>

#include "ledger/values/ascii_text.h"

namespace keyledger::ledger {
namespace {

constexpr std::uint8_t kIpv4Shift = 96;  // bits of the prefix that maps IPv4 into IPv6

// Returns `address` with every bit from `length` on set to 0.
Address masked(const Address& address, std::uint8_t length) {
  Address out;
  for (std::size_t i = 0; i < out.bytes.size(); ++i) {
    const int bits = std::clamp(static_cast<int>(length) - static_cast<int>(8 * i), 0, 8);
    out.bytes[i] = static_cast<std::uint8_t>(address.bytes[i] & (0xff00 >> bits));
  }
  return out;
}

}  // namespace

std::optional<AddressRange> parse_address_range(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto base = parse_address(text.substr(0, slash));
  if (!base) return std::nullopt;
  AddressRange range{.base = *base, .length = kAddressBits};
  if (slash == std::string_view::npos) return range;
  const auto length = number_from<std::uint8_t>(text.substr(slash + 1));
  if (!length) return std::nullopt;
  const std::uint8_t shift = text.substr(0, slash).find(':') == std::string_view::npos ? kIpv4Shift : 0;
  if (*length > kAddressBits - shift) return std::nullopt;
  range.length = static_cast<std::uint8_t>(*length + shift);
  if (!is_well_formed(range)) return std::nullopt;
  return range;
}

std::string to_string(const AddressRange& range) {
  if (range.length == kAddressBits) return to_string(range.base);
  const bool ipv4 = is_ipv4(range.base) && range.length >= kIpv4Shift;
  return to_string(range.base) + "/" + std::to_string(range.length - (ipv4 ? kIpv4Shift : 0));
}

bool contains(const AddressRange& range, const Address& address) {
  if (is_ipv4(address) && range.length < kIpv4Shift) return false;
  return masked(address, range.length) == range.base;
}

bool is_well_formed(const AddressRange& range) {
  return range.length <= kAddressBits && masked(range.base, range.length) == range.base;
}

}  // namespace keyledger::ledger
