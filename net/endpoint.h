// Endpoint: where a daemon listens: unix:PATH or tcp:HOST:PORT.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "ledger/values/error.h"

namespace keyledger::net {

struct UnixEndpoint {
  std::string path;

  friend bool operator==(const UnixEndpoint&, const UnixEndpoint&) = default;
};

struct TcpEndpoint {
  std::string host;        // an address; IPv6 without brackets
  std::uint16_t port = 0;  // 0: any free one

  friend bool operator==(const TcpEndpoint&, const TcpEndpoint&) = default;
};

using Endpoint = std::variant<UnixEndpoint, TcpEndpoint>;

// In bytes: sun_path without its end (unix(7)).
constexpr std::size_t kUnixPathMax = 107;

// kInputInvalid, saying what is wrong. "localhost" is read as 127.0.0.1.
ledger::Result<Endpoint> parse_endpoint(std::string_view text);

std::string to_string(const Endpoint& endpoint);

}  // namespace keyledger::net
