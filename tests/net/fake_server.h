// FakeServer: a daemon with a single connection, under a test's control.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "net/client.h"
#include "tests/net/raw_connection.h"
#include "tests/support/temp_directory.h"

namespace keyledger::net {

// Accepts a connection on another thread and calls the test's function with the connection.
class FakeServer {
 public:
  explicit FakeServer(std::function<void(RawConnection&)> behave)
      : acceptor_(context_, boost::asio::local::stream_protocol::endpoint(path())),
        thread_([this, behave = std::move(behave)] {
          const auto connection = RawConnection::accept(acceptor_);
          behave(*connection);
        }) {}
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;
  ~FakeServer() { thread_.join(); }

  std::unique_ptr<Client> connect() const {
    auto client = Client::connect(UnixEndpoint{path()});
    if (!client) FAIL(client.error().message());
    return std::move(*client);
  }

 private:
  std::string path() const { return (directory_ / "fake.sock").string(); }

  tests::TempDirectory directory_;
  boost::asio::io_context context_{1};
  boost::asio::local::stream_protocol::acceptor acceptor_;
  std::thread thread_;
};

}  // namespace keyledger::net
