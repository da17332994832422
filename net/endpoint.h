// Endpoint: an address where a daemon listens, and the protocol of the connections there.
//
// People write an endpoint as unix:PATH or tcp:HOST:PORT. The scheme before the colon decides both the kind
// of address and the protocol, and a further protocol is one more line in the table of schemes. Values; any
// thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "ledger/values/error.h"

namespace keyledger::net {

enum class Protocol : std::uint8_t {
  kWire = 0,  // Cap'n Proto frames, as docs/wire.md describes them
};

struct UnixEndpoint {
  std::string path;
  Protocol protocol = Protocol::kWire;

  friend bool operator==(const UnixEndpoint&, const UnixEndpoint&) = default;
};

struct TcpEndpoint {
  std::string host;        // an address; IPv6 without brackets
  std::uint16_t port = 0;  // 0: any free port
  Protocol protocol = Protocol::kWire;

  friend bool operator==(const TcpEndpoint&, const TcpEndpoint&) = default;
};

using Endpoint = std::variant<UnixEndpoint, TcpEndpoint>;

// The length of a Unix socket's path in bytes, at most: sun_path without the closing zero (unix(7)).
constexpr std::size_t kUnixPathMax = 107;

// Reads an endpoint as people write it; "localhost" becomes 127.0.0.1. Fails with kInputInvalid, whose detail
// names the mistake in the text.
ledger::Result<Endpoint> parse_endpoint(std::string_view text);

// Returns the text from which parse_endpoint() reads the same endpoint back.
std::string to_string(const Endpoint& endpoint);

Protocol protocol_of(const Endpoint& endpoint);

}  // namespace keyledger::net
