// Frames: Cap'n Proto messages in the standard stream framing (the encoding chapter of its documentation,
// "Serialization over a stream"): a little-endian header with the number and sizes of the segments, then the
// segments.
//
// FrameBuffer gathers bytes from a socket and hands out whole frames, aligned to words, without copying them.
// Whatever the bytes are, it holds at most one frame of the limit and what one read brought, and gives back
// what a large frame took. Frames hold tokens: what was handed out is overwritten at the next prepare(). One
// thread at a time.
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

  // Room for at least one byte more of the frame that is coming; to be followed by commit().
  std::span<std::byte> prepare();
  void commit(std::size_t bytes);

  // The next whole frame, or nothing if it has not come yet. The words hold until the next prepare().
  // kProtocol if the bytes cannot be a frame within the limits: the stream is then of no further use.
  ledger::Result<std::optional<std::span<const std::uint64_t>>> next();

  // True if a part of a frame is waiting for the rest.
  bool has_partial() const { return begin_ != end_; }

 private:
  ledger::Result<std::optional<std::size_t>> frame_size() const;

  std::size_t limit_;
  std::vector<std::uint64_t, ledger::CleansingAllocator<std::uint64_t>> words_;
  std::size_t begin_ = 0;  // in bytes; a multiple of the word
  std::size_t end_ = 0;    // in bytes
};

}  // namespace keyledger::net
