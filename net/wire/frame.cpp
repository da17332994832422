#include "net/wire/frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "ledger/values/ensure.h"
#include "net/wire/layout.h"

namespace keyledger::net {

using ledger::Error;
using ledger::ErrorCode;
using ledger::Result;

namespace {

using layout::kWord;

constexpr std::size_t kInitialBytes = std::size_t{16} << 10;
constexpr std::size_t kKeptBytesMax = std::size_t{256} << 10;

}  // namespace

FrameBuffer::FrameBuffer(std::size_t frame_bytes_max)
    : limit_(frame_bytes_max), words_(kInitialBytes / kWord) {}

std::span<std::byte> FrameBuffer::prepare() {
  auto* bytes = reinterpret_cast<std::byte*>(words_.data());
  if (begin_ > 0) {
    const std::size_t left = end_ - begin_;
    std::memmove(bytes, bytes + begin_, left);
    ledger::cleanse(bytes + left, end_ - left);
    begin_ = 0;
    end_ = left;
  }
  if (end_ == 0 && words_.size() * kWord > kKeptBytesMax) {
    words_ = decltype(words_)(kInitialBytes / kWord);
    bytes = reinterpret_cast<std::byte*>(words_.data());
  }
  std::size_t capacity = words_.size() * kWord;
  if (end_ == capacity) {
    words_.resize(words_.size() * 2);
    bytes = reinterpret_cast<std::byte*>(words_.data());
    capacity = words_.size() * kWord;
  }
  return {bytes + end_, capacity - end_};
}

void FrameBuffer::commit(std::size_t bytes) {
  ENSURE(end_ + bytes <= words_.size() * kWord, "no more is committed than was prepared");
  end_ += bytes;
}

// The size of the frame at `begin_` with the header, if the header is complete.
Result<std::optional<std::size_t>> FrameBuffer::frame_size() const {
  const auto bytes = std::as_bytes(std::span(words_)).subspan(begin_, end_ - begin_);
  if (bytes.size() < kWord) return std::optional<std::size_t>{};
  if (layout::segments_of_frame(bytes) > kFrameSegmentsMax) {
    return Error{ErrorCode::kProtocol, fmt::format("the frame has more than {} segments", kFrameSegmentsMax)};
  }
  const auto size = layout::size_of_frame(bytes);
  if (size > limit_)
    return Error{ErrorCode::kTooLarge, fmt::format("the frame has more than {} bytes", limit_)};
  return size;
}

Result<std::optional<std::span<const std::uint64_t>>> FrameBuffer::next() {
  using Frame = std::optional<std::span<const std::uint64_t>>;
  if (end_ - begin_ < kWord) return Frame{};
  // Almost every frame has a single segment, whose size is in the first word.
  const std::uint64_t header = words_[begin_ / kWord];
  std::size_t size = kWord * (1 + layout::words_in_header(header));
  if (!layout::is_header_of_one_segment(header) || size > limit_) {
    const auto checked = frame_size();
    if (!checked) return checked.error();
    if (!checked->has_value()) return Frame{};
    size = **checked;
  }
  if (end_ - begin_ < size) return Frame{};
  const Frame frame{std::span(words_).subspan(begin_ / kWord, size / kWord)};
  begin_ += size;
  return frame;
}

}  // namespace keyledger::net
