#include "net/channel.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

namespace keyledger::net {
namespace {

using End = Transfer::End;

// A channel, and the socket at the other end.
struct Setting {
  Setting() {
    std::array<int, 2> sockets{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets.data()) == 0);
    REQUIRE(::fcntl(sockets[0], F_SETFL, O_NONBLOCK) == 0);
    REQUIRE(::fcntl(sockets[1], F_SETFL, O_NONBLOCK) == 0);
    channel.emplace(PlainChannel(ledger::FileDescriptor(sockets[0])));
    other = ledger::FileDescriptor(sockets[1]);
  }

  std::optional<Channel> channel;
  ledger::FileDescriptor other;
};

}  // namespace

TEST_CASE("bytes pass through a channel in both directions") {
  Setting setting;
  std::array<std::byte, 8> room{};
  REQUIRE(::send(setting.other.number(), "abc", 3, 0) == 3);
  const Transfer got = setting.channel->read(room);
  CHECK(got.end == End::kMoved);
  CHECK(got.bytes == 3);
  CHECK(std::memcmp(room.data(), "abc", 3) == 0);

  const std::string text = "defg";
  const Transfer sent = setting.channel->write(std::as_bytes(std::span(text)));
  CHECK(sent.end == End::kMoved);
  CHECK(sent.bytes == 4);
  std::array<char, 8> heard{};
  CHECK(::recv(setting.other.number(), heard.data(), heard.size(), 0) == 4);
  CHECK(std::memcmp(heard.data(), "defg", 4) == 0);
}

TEST_CASE("a channel that nothing has come through is blocked, and waits for nothing but its reader") {
  Setting setting;
  std::array<std::byte, 8> room{};
  CHECK(setting.channel->read(room).end == End::kBlocked);
  CHECK(setting.channel->wants() == Readiness::kNothing);
}

TEST_CASE("a full channel wants to write until a write succeeds") {
  Setting setting;
  const std::vector<std::byte> bytes(std::size_t{1} << 20);
  CHECK(setting.channel->wants() == Readiness::kNothing);
  while (setting.channel->write(bytes).end == End::kMoved) continue;
  CHECK(setting.channel->wants() == Readiness::kWrite);

  std::vector<std::byte> room(std::size_t{1} << 20);
  while (::recv(setting.other.number(), room.data(), room.size(), 0) > 0) continue;
  CHECK(setting.channel->write(std::span(bytes).first(1)).end == End::kMoved);
  CHECK(setting.channel->wants() == Readiness::kNothing);
}

TEST_CASE("a channel whose other side sends no more ends, and can still be written to") {
  Setting setting;
  REQUIRE(::shutdown(setting.other.number(), SHUT_WR) == 0);
  std::array<std::byte, 8> room{};
  CHECK(setting.channel->read(room).end == End::kEnded);
  CHECK(setting.channel->write(room).end == End::kMoved);
}

TEST_CASE("a channel whose other side is gone fails to write") {
  Setting setting;
  setting.other = ledger::FileDescriptor();
  const std::array<std::byte, 8> bytes{};
  CHECK(setting.channel->write(bytes).end == End::kFailed);
}

TEST_CASE("a channel that is closed has no socket") {
  Setting setting;
  CHECK(setting.channel->socket() >= 0);
  setting.channel->close();
  CHECK(setting.channel->socket() == -1);
  std::array<std::byte, 8> room{};
  CHECK(::recv(setting.other.number(), room.data(), room.size(), 0) == 0);
}

}  // namespace keyledger::net
