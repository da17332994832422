// OutputBuffer: the answers of a connection that have not gone yet.
//
// What has gone is dropped, also when there is always something left, as with a client who reads a long
// answer no faster than it is made: the memory is at most some four times what waits. One thread at a time.
#pragma once

#include <cstddef>
#include <span>

#include "net/wire/codec.h"

namespace keyledger::net {

class OutputBuffer {
 public:
  // In bytes. So much stays, for the next answers; and so much must have gone before the rest is moved.
  static constexpr std::size_t kKept = std::size_t{256} << 10;

  // For whoever adds at its end. Holds until the next call.
  Bytes& bytes() { return bytes_; }
  // What was added last has a secret in it, which is overwritten when it has gone.
  void note_secret() { has_secret_ = true; }

  bool empty() const { return bytes_.empty(); }
  std::span<const std::byte> unsent() const { return std::span(bytes_).subspan(sent_); }

  // The first `count` bytes of what was unsent have gone.
  void sent(std::size_t count);
  // Nothing of it will go any more.
  void forget();

  // Of the memory held, in bytes.
  std::size_t capacity() const { return bytes_.capacity(); }

 private:
  Bytes bytes_;
  std::size_t sent_ = 0;
  bool has_secret_ = false;
};

}  // namespace keyledger::net
