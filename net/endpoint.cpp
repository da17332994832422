#include "net/endpoint.h"

#include <fmt/format.h>

#include <charconv>

#include "ledger/values/address.h"

namespace keyledger::net {

using ledger::Error;
using ledger::ErrorCode;
using ledger::Result;

namespace {

constexpr std::string_view kUnix = "unix:";
constexpr std::string_view kTcp = "tcp:";

Error invalid(std::string_view text, std::string_view what) {
  return {ErrorCode::kInputInvalid, fmt::format("'{}' {}; write unix:PATH or tcp:HOST:PORT", text, what)};
}

Result<Endpoint> parse_unix(std::string_view text, std::string_view path) {
  if (path.empty()) return invalid(text, "names no path");
  if (path.size() > kUnixPathMax) {
    return Error{
        ErrorCode::kInputInvalid,
        fmt::format("the socket's path is {} bytes long, and the system allows {}; choose a shorter one: {}",
                    path.size(), kUnixPathMax, path)};
  }
  return Endpoint{UnixEndpoint{std::string(path)}};
}

Result<Endpoint> parse_tcp(std::string_view text, std::string_view rest) {
  const std::size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos) return invalid(text, "names no port");
  std::string_view host = rest.substr(0, colon);
  const std::string_view digits = rest.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty() || failed != std::errc{} || end != digits.data() + digits.size()) {
    return invalid(text, "has no port number from 0 to 65535");
  }
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  if (!ledger::parse_address(host)) return invalid(text, "names no IPv4 or IPv6 address");
  return Endpoint{TcpEndpoint{std::string(host), port}};
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
  if (text.starts_with(kUnix)) return parse_unix(text, text.substr(kUnix.size()));
  if (text.starts_with(kTcp)) return parse_tcp(text, text.substr(kTcp.size()));
  return invalid(text, "is not an address");
}

std::string to_string(const Endpoint& endpoint) {
  if (const auto* unix_socket = std::get_if<UnixEndpoint>(&endpoint)) return "unix:" + unix_socket->path;
  const auto& tcp = std::get<TcpEndpoint>(endpoint);
  const bool ipv6 = tcp.host.find(':') != std::string::npos;
  return fmt::format("tcp:{}:{}", ipv6 ? "[" + tcp.host + "]" : tcp.host, tcp.port);
}

}  // namespace keyledger::net
