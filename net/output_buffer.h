// OutputBuffer: the answers of a connection until they are sent.
//
// Sent bytes are dropped even if the buffer never becomes empty, as with a client that reads a long answer as
// slowly as the daemon makes the answer: the memory is at most about four times the unsent bytes. One thread
// at a time.
#pragma once

#include <cstddef>
#include <span>

#include "net/wire/codec.h"

namespace keyledger::net {

class OutputBuffer {
 public:
  // In bytes: an empty buffer keeps this much memory for the next answers, and this much must have been sent
  // before the unsent bytes are moved to the front.
  static constexpr std::size_t kKept = std::size_t{256} << 10;

  // The bytes, for adding answers at the end. The reference is valid until the next call.
  Bytes& bytes() { return bytes_; }
  // The last answer contains a secret, which is overwritten as soon as the answer is sent.
  void note_secret() { has_secret_ = true; }

  bool empty() const { return bytes_.empty(); }
  std::span<const std::byte> unsent() const { return std::span(bytes_).subspan(sent_); }

  // The first `count` of the unsent bytes have been sent.
  void sent(std::size_t count);
  // Drops all bytes, sent or not.
  void forget();

  // The memory of the buffer, in bytes.
  std::size_t capacity() const { return bytes_.capacity(); }

 private:
  Bytes bytes_;
  std::size_t sent_ = 0;
  bool has_secret_ = false;
};

}  // namespace keyledger::net
