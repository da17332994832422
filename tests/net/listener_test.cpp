#include "net/listener.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <vector>

#include "tests/net/raw_connection.h"
#include "tests/support/temp_directory.h"

namespace keyledger::net {
namespace {

struct Setting {
  Endpoint listen(const Endpoint& endpoint) {
    auto bound = listener.listen(endpoint);
    if (!bound) FAIL(bound.error().message());
    return *bound;
  }

  // Runs the listener until `count` connections have arrived.
  void wait_for(std::size_t count) {
    while (arrivals.size() < count) context.run_one();
  }

  tests::TempDirectory directory;
  boost::asio::io_context context{1};
  std::vector<Arrival> arrivals;
  Listener listener{context.get_executor(),
                    [this](Arrival arrival) { arrivals.push_back(std::move(arrival)); }};
};

}  // namespace

TEST_CASE("a listener hands on connections with their peers and protocols, and their sockets do not block") {
  Setting setting;
  const Endpoint local = setting.listen(UnixEndpoint{(setting.directory / "a.sock").string()});
  const Endpoint tcp = setting.listen(TcpEndpoint{"127.0.0.1", 0});
  CHECK(std::get<TcpEndpoint>(tcp).port != 0);
  const RawConnection first(local);
  setting.wait_for(1);
  const RawConnection second(tcp);
  setting.wait_for(2);
  const auto& unix_origin = std::get<ledger::UnixOrigin>(setting.arrivals[0].principal.origin);
  CHECK(unix_origin.uid == ::getuid());
  CHECK(std::holds_alternative<ledger::AddressOrigin>(setting.arrivals[1].principal.origin));
  for (const Arrival& arrival : setting.arrivals) {
    CHECK(arrival.protocol == Protocol::kWire);
    CHECK((::fcntl(arrival.socket.number(), F_GETFL) & O_NONBLOCK) != 0);
  }
}

TEST_CASE("only the owner and the group may write to a listener's socket") {
  Setting setting;
  const std::string path = (setting.directory / "a.sock").string();
  const mode_t before = ::umask(0);
  setting.listen(UnixEndpoint{path});
  ::umask(before);
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0660);
}

TEST_CASE("a listener that stops removes its sockets' files and keeps the connections it has handed on") {
  Setting setting;
  const std::string path = (setting.directory / "a.sock").string();
  RawConnection client(setting.listen(UnixEndpoint{path}));
  setting.wait_for(1);
  setting.listener.stop();
  CHECK(!std::filesystem::exists(path));
  CHECK(client.send(std::vector<std::uint64_t>{1}));
  setting.context.run();
  CHECK(setting.arrivals.size() == 1);
}

}  // namespace keyledger::net
