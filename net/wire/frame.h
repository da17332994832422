// Frames: Cap'n Proto messages in the standard stream framing (the encoding chapter of its documentation,
// "Serialization over a stream"): a little-endian header with the number and sizes of the segments, then the
// segments.
//
// FrameBuffer gathers bytes from a socket and hands out whole frames, aligned to words, without a copy. The
// buffer never holds more than the largest frame and the bytes of a single read, and frees the memory of a
// large frame. Frames hold tokens, so that prepare() overwrites the frames that were handed out. One thread
// at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "ledger/values/error.h"
#include "ledger/values/secret.h"

namespace keyledger::net {

constexpr std::size_t kFrameBytesMax = std::size_t{16} << 20;
constexpr std::size_t kFrameSegmentsMax = 64;

class FrameBuffer {
 public:
  explicit FrameBuffer(std::size_t frame_bytes_max = kFrameBytesMax);

  // Returns room for at least one more byte of the next frame. The caller fills a part of the room and calls
  // commit().
  std::span<std::byte> prepare();
  void commit(std::size_t bytes);

  // Returns the next whole frame; nothing if more bytes are needed. The words are valid until the next
  // prepare(). kProtocol if the bytes cannot be a frame, kTooLarge if the frame is too large: no later frame
  // can then be found.
  ledger::Result<std::optional<std::span<const std::uint64_t>>> next();

  // True if the buffer has a part of a frame.
  bool has_partial() const { return begin_ != end_; }

 private:
  ledger::Result<std::optional<std::size_t>> frame_size() const;

  std::size_t limit_;
  std::vector<std::uint64_t, ledger::CleansingAllocator<std::uint64_t>> words_;
  std::size_t begin_ = 0;  // in bytes; a multiple of the word
  std::size_t end_ = 0;    // in bytes
};

}  // namespace keyledger::net
