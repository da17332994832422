// Varints: LEB128, seven bits a byte, least significant first (Protocol Buffers encoding, "Base 128
// Varints"), and zigzag for signed values. Header-only because the loops over columns of uses must be
// inlined. Pure.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace keyledger::ledger {

constexpr std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

constexpr std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

inline void append_varint(std::vector<std::uint8_t>& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<std::uint8_t>(value | 0x80));
  out.push_back(static_cast<std::uint8_t>(value));
}

// Reads varints one after another. A value that is cut off, longer than it needs to be, or above the limit
// makes the reader fail: from then on it yields 0, so that a loop checks once, after its last value.
class VarintReader {
 public:
  explicit VarintReader(std::span<const std::uint8_t> bytes)
      : next_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  std::uint64_t take() {
    if (next_ != end_ && *next_ < 0x80) return *next_++;
    return take_long();
  }

  std::uint32_t take_32() {
    const std::uint64_t value = take();
    if (value > std::numeric_limits<std::uint32_t>::max()) fail();
    return static_cast<std::uint32_t>(value);
  }

  // True if every value was sound and nothing is left over.
  bool finished() const { return !failed_ && next_ == end_; }

 private:
  std::uint64_t take_long() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && next_ != end_; shift += 7) {
      const std::uint8_t byte = *next_++;
      if (shift == 63 && byte > 1) break;
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte >= 0x80) continue;
      if (byte == 0) break;
      return value;
    }
    return fail();
  }

  std::uint64_t fail() {
    failed_ = true;
    next_ = end_;
    return 0;
  }

  const std::uint8_t* next_;
  const std::uint8_t* end_;
  bool failed_ = false;
};

}  // namespace keyledger::ledger
