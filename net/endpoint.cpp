#include "net/endpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ledger/values/address.h"
#include "ledger/values/ascii_text.h"
#include "ledger/values/ensure.h"

namespace keyledger::net {

using ledger::Error;
using ledger::ErrorCode;
using ledger::Result;

namespace {

enum class AddressKind : std::uint8_t { kUnix, kTcp };

struct Scheme {
  std::string_view prefix;
  AddressKind address;
  Protocol protocol;
};

constexpr std::array<Scheme, 2> kSchemes = {{
    {"unix:", AddressKind::kUnix, Protocol::kWire},
    {"tcp:", AddressKind::kTcp, Protocol::kWire},
}};

std::string_view prefix_of(AddressKind address, Protocol protocol) {
  const auto* const found = std::find_if(kSchemes.begin(), kSchemes.end(), [&](const Scheme& scheme) {
    return scheme.address == address && scheme.protocol == protocol;
  });
  ENSURE(found != kSchemes.end(), "every protocol has a scheme for each kind of address");
  return found->prefix;
}

Error invalid(std::string_view text, std::string_view what) {
  return {ErrorCode::kInputInvalid, fmt::format("'{}' {}; write unix:PATH or tcp:HOST:PORT", text, what)};
}

Result<Endpoint> parse_unix(std::string_view text, std::string_view path, Protocol protocol) {
  if (path.empty()) return invalid(text, "names no path");
  if (path.size() > kUnixPathMax) {
    return Error{
        ErrorCode::kInputInvalid,
        fmt::format("the socket's path is {} bytes long, and the system allows {}; choose a shorter one: {}",
                    path.size(), kUnixPathMax, path)};
  }
  return Endpoint{UnixEndpoint{std::string(path), protocol}};
}

Result<Endpoint> parse_tcp(std::string_view text, std::string_view rest, Protocol protocol) {
  const std::size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos) return invalid(text, "names no port");
  std::string_view host = rest.substr(0, colon);
  const auto port = ledger::number_from<std::uint16_t>(rest.substr(colon + 1));
  if (!port) return invalid(text, "has no port number from 0 to 65535");
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  if (!ledger::parse_address(host)) return invalid(text, "names no IPv4 or IPv6 address");
  return Endpoint{TcpEndpoint{std::string(host), *port, protocol}};
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
  for (const Scheme& scheme : kSchemes) {
    if (!text.starts_with(scheme.prefix)) continue;
    const std::string_view rest = text.substr(scheme.prefix.size());
    return scheme.address == AddressKind::kUnix ? parse_unix(text, rest, scheme.protocol)
                                                : parse_tcp(text, rest, scheme.protocol);
  }
  return invalid(text, "is not an address");
}

std::string to_string(const Endpoint& endpoint) {
  if (const auto* unix_socket = std::get_if<UnixEndpoint>(&endpoint)) {
    return fmt::format("{}{}", prefix_of(AddressKind::kUnix, unix_socket->protocol), unix_socket->path);
  }
  const auto& tcp = std::get<TcpEndpoint>(endpoint);
  const bool ipv6 = tcp.host.find(':') != std::string::npos;
  return fmt::format("{}{}:{}", prefix_of(AddressKind::kTcp, tcp.protocol),
                     ipv6 ? "[" + tcp.host + "]" : tcp.host, tcp.port);
}

Protocol protocol_of(const Endpoint& endpoint) {
  return std::visit([](const auto& each) { return each.protocol; }, endpoint);
}

}  // namespace keyledger::net
