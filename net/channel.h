// Channel: the bytes of one connection, in both directions, without blocking.
//
// A protocol reads and writes through a Channel and does not know the carrier. Plain sockets are the only
// carrier now; an encrypted one becomes a second alternative of the variant.
//
// A variant chooses the carrier, for three reasons. Every message on its own costs one read and one write,
// and a variant of one alternative makes direct calls. A template over the carrier would compile each
// protocol once for each carrier. A virtual base would need one more allocation for each connection.
//
// A Channel belongs to one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>

#include "ledger/host/file_descriptor.h"
#include "net/poller.h"

namespace keyledger::net {

// How one read or write ended.
struct Transfer {
  enum class End : std::uint8_t {
    kMoved,    // `bytes` bytes were moved, at least one
    kBlocked,  // nothing can be moved until the channel is ready as Channel::wants() says
    kEnded,    // reading only: the other side sends no more; writing may still work
    kFailed,   // the connection is lost
  };

  End end = End::kFailed;
  std::size_t bytes = 0;
};

class PlainChannel {
 public:
  // `socket` must be in non-blocking mode.
  explicit PlainChannel(ledger::FileDescriptor socket) : socket_(std::move(socket)) {}

  int socket() const { return socket_.number(); }
  Transfer read(std::span<std::byte> room);
  Transfer write(std::span<const std::byte> bytes);
  Readiness wants() const { return wants_; }
  void close() { socket_ = ledger::FileDescriptor(); }

 private:
  ledger::FileDescriptor socket_;
  Readiness wants_ = Readiness::kNothing;
};

class Channel {
 public:
  explicit Channel(PlainChannel carrier) : carrier_(std::move(carrier)) {}

  // The descriptor for a poller; -1 after close().
  int socket() const {
    return std::visit([](const auto& carrier) { return carrier.socket(); }, carrier_);
  }
  // Reads at most room.size() bytes. An interrupted read counts as blocked: the poller reports the socket
  // again.
  Transfer read(std::span<std::byte> room) {
    return std::visit([&](auto& carrier) { return carrier.read(room); }, carrier_);
  }
  // Writes the first of `bytes`, as many as the system takes at once. `bytes` must not be empty.
  Transfer write(std::span<const std::byte> bytes) {
    return std::visit([&](auto& carrier) { return carrier.write(bytes); }, carrier_);
  }
  // The readiness that a blocked write waits for; kNothing if the last write was not blocked.
  Readiness wants() const {
    return std::visit([](const auto& carrier) { return carrier.wants(); }, carrier_);
  }
  void close() {
    std::visit([](auto& carrier) { carrier.close(); }, carrier_);
  }

 private:
  std::variant<PlainChannel> carrier_;
};

}  // namespace keyledger::net
