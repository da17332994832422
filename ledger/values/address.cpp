#include "ledger/values/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <boost/container_hash/hash.hpp>

namespace keyledger::ledger {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

bool is_ipv4(const Address& address) {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes.begin());
}

std::optional<Address> parse_address(std::string_view text) {
  // inet_pton() reads up to the first zero byte, and must not be asked about a text that goes on after it.
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string terminated(text);
  Address address;
  if (inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) == 1) return address;
  std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes.begin());
  if (inet_pton(AF_INET, terminated.c_str(), address.bytes.data() + kMappedPrefix.size()) == 1)
    return address;
  return std::nullopt;
}

std::string to_string(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool ipv4 = is_ipv4(address);
  const auto* bytes = address.bytes.data() + (ipv4 ? kMappedPrefix.size() : 0);
  inet_ntop(ipv4 ? AF_INET : AF_INET6, bytes, text.data(), static_cast<socklen_t>(text.size()));
  return text.data();
}

std::string compact_bytes(const Address& address) {
  const std::size_t skip = is_ipv4(address) ? kMappedPrefix.size() : 0;
  return {address.bytes.begin() + static_cast<std::ptrdiff_t>(skip), address.bytes.end()};
}

std::optional<Address> from_compact_bytes(std::span<const std::uint8_t> bytes) {
  Address address;
  if (bytes.size() == address.bytes.size()) {
    std::copy(bytes.begin(), bytes.end(), address.bytes.begin());
    return address;
  }
  if (bytes.size() != address.bytes.size() - kMappedPrefix.size()) return std::nullopt;
  std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes.begin());
  std::copy(bytes.begin(), bytes.end(), address.bytes.begin() + kMappedPrefix.size());
  return address;
}

std::size_t hash_value(const Address& address) {
  return boost::hash_range(address.bytes.begin(), address.bytes.end());
}

}  // namespace keyledger::ledger
