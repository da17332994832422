#include "net/endpoint.h"

#include <catch2/catch.hpp>

namespace keyledger::net {
namespace {

Endpoint parsed(std::string_view text) {
  const auto endpoint = parse_endpoint(text);
  if (!endpoint) FAIL(endpoint.error().message());
  return *endpoint;
}

}  // namespace

TEST_CASE("a Unix endpoint is the path after unix:, whatever it holds") {
  const std::string path =
      GENERATE("/run/keyledger.sock", "keyledger.sock", "./a b:c", "tcp:127.0.0.1:1", ":");
  CHECK(parsed("unix:" + path) == Endpoint{UnixEndpoint{path}});
  CHECK(to_string(parsed("unix:" + path)) == "unix:" + path);
}

TEST_CASE("a path that the system can bind is taken, and one of a byte more is refused with its length") {
  const std::string longest(kUnixPathMax, 'p');
  CHECK(parsed("unix:" + longest) == Endpoint{UnixEndpoint{longest}});
  const auto refused = parse_endpoint("unix:" + longest + "p");
  REQUIRE(!refused.ok());
  CHECK(refused.error().code == ledger::ErrorCode::kInputInvalid);
  CHECK(refused.error().detail.find("108 bytes") != std::string::npos);
}

TEST_CASE("a TCP endpoint is an address and a port") {
  const auto [text, host, port] = GENERATE(table<std::string, std::string, std::uint16_t>({
      {"tcp:127.0.0.1:7201", "127.0.0.1", 7'201},
      {"tcp:localhost:7201", "127.0.0.1", 7'201},
      {"tcp:127.0.0.1:0", "127.0.0.1", 0},
      {"tcp:0.0.0.0:65535", "0.0.0.0", 65'535},
      {"tcp:[::1]:80", "::1", 80},
      {"tcp:::1:80", "::1", 80},
      {"tcp:[2001:db8::7]:1", "2001:db8::7", 1},
  }));
  CAPTURE(text);
  CHECK(parsed(text) == Endpoint{TcpEndpoint{host, port}});
}

TEST_CASE("an endpoint that is written out reads back as the same") {
  const Endpoint endpoint = GENERATE(as<Endpoint>{}, UnixEndpoint{"/tmp/a.sock"}, TcpEndpoint{"127.0.0.1", 0},
                                     TcpEndpoint{"::1", 65'535});
  CHECK(parsed(to_string(endpoint)) == endpoint);
}

TEST_CASE("an IPv6 address is written in brackets") {
  CHECK(to_string(Endpoint{TcpEndpoint{"::1", 80}}) == "tcp:[::1]:80");
  CHECK(to_string(Endpoint{TcpEndpoint{"127.0.0.1", 80}}) == "tcp:127.0.0.1:80");
}

TEST_CASE("an endpoint knows the protocol of its scheme") {
  const std::string text = GENERATE("unix:/tmp/a.sock", "tcp:127.0.0.1:80");
  CHECK(protocol_of(parsed(text)) == Protocol::kWire);
}

TEST_CASE("a text that is not an address is refused, and the error says why") {
  const auto [text, what] = GENERATE(table<std::string, std::string>({
      {"", "is not an address"},
      {"/run/keyledger.sock", "is not an address"},
      {"UNIX:/a", "is not an address"},
      {"http://127.0.0.1:80", "is not an address"},
      {"unix", "is not an address"},
      {"unix:", "names no path"},
      {"tcp:", "names no port"},
      {"tcp:127.0.0.1", "names no port"},
      {"tcp:127.0.0.1:", "has no port number"},
      {"tcp:127.0.0.1:x", "has no port number"},
      {"tcp:127.0.0.1:80x", "has no port number"},
      {"tcp:127.0.0.1: 80", "has no port number"},
      {"tcp:127.0.0.1:-1", "has no port number"},
      {"tcp:127.0.0.1:+1", "has no port number"},
      {"tcp:127.0.0.1:65536", "has no port number"},
      {"tcp:127.0.0.1:99999999999999999999", "has no port number"},
      {"tcp::80", "names no IPv4 or IPv6 address"},
      {"tcp:[]:80", "names no IPv4 or IPv6 address"},
      {"tcp:example.org:80", "names no IPv4 or IPv6 address"},
      {"tcp:127.0.0.256:80", "names no IPv4 or IPv6 address"},
      {"tcp:[::1:80", "names no IPv4 or IPv6 address"},
  }));
  CAPTURE(text);
  const auto refused = parse_endpoint(text);
  REQUIRE(!refused.ok());
  CHECK(refused.error().code == ledger::ErrorCode::kInputInvalid);
  CHECK(refused.error().detail.find(what) != std::string::npos);
}

}  // namespace keyledger::net
