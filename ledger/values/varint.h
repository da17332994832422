// Varints: LEB128, seven bits a byte, least significant first (Protocol Buffers encoding, "Base 128
// Varints"), and zigzag for signed values. Header-only, because loops over columns of uses must inline the
// functions. Pure.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

namespace keyledger::ledger {

// Maps a signed value to an unsigned value, so that a small distance from 0 gives a short varint.
constexpr std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

constexpr std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

// The length of the longest varint, for a value of 64 bits.
constexpr std::size_t kVarintBytesMax = 10;

// Writes the value at `out`, where kVarintBytesMax bytes must be free, and returns the end of the varint,
// exclusive. The branches are well predicted, because neighbours in a column mostly have equal lengths.
inline std::uint8_t* put_varint(std::uint8_t* out, std::uint64_t value) {
  const auto low_bits = [](std::uint64_t bits) { return static_cast<std::uint8_t>(bits | 0x80); };
  if (value < std::uint64_t{1} << 7) {
    out[0] = static_cast<std::uint8_t>(value);
    return out + 1;
  }
  if (value < std::uint64_t{1} << 14) {
    out[0] = low_bits(value);
    out[1] = static_cast<std::uint8_t>(value >> 7);
    return out + 2;
  }
  if (value < std::uint64_t{1} << 21) {
    out[0] = low_bits(value);
    out[1] = low_bits(value >> 7);
    out[2] = static_cast<std::uint8_t>(value >> 14);
    return out + 3;
  }
  for (; value >= 0x80; value >>= 7) *out++ = low_bits(value);
  *out++ = static_cast<std::uint8_t>(value);
  return out;
}

// Reads the varint at `next`, and moves `next` to its end. Returns nothing if the varint is cut off at `end`,
// longer than necessary, or above 64 bits.
inline std::optional<std::uint64_t> read_varint(const std::uint8_t*& next, const std::uint8_t* end) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && next != end; shift += 7) {
    const std::uint8_t byte = *next++;
    if ((shift == 63 && byte > 1) || (shift != 0 && byte == 0)) break;
    value |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

// Reads varints one after another. The reader fails at a value that is cut off, longer than necessary, or
// above 64 bits. Values after a failure are meaningless, so a loop needs to check finished() only once, after
// its last value.
class VarintReader {
 public:
  explicit VarintReader(std::span<const std::uint8_t> bytes)
      : next_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  std::uint64_t take() {
    static_assert(std::endian::native == std::endian::little, "the first byte is the lowest of a word");
    std::uint64_t word = 0;
    if (end_ - next_ < static_cast<std::ptrdiff_t>(sizeof word)) return take_bytewise();
    std::memcpy(&word, next_, sizeof word);
    // The first byte below 0x80 ends the value. Lengths up to four bytes, usual for keys and distances in
    // time, need no branch, because in some columns nothing predicts the length.
    const std::uint64_t ends = ~word & 0x80808080U;
    if (ends == 0) return take_bytewise();
    const std::uint64_t end = ends & (~ends + 1);  // the highest bit of the last byte
    word &= end - 1;
    next_ += std::countr_zero(end) / 8 + 1;
    failed_ |= static_cast<unsigned>(word < end >> 7) & static_cast<unsigned>(end > 0x80);
    return (word & 0x7fU) | (word >> 1 & 0x3f80U) | (word >> 2 & 0x1fc000U) | (word >> 3 & 0xfe00000U);
  }

  // Returns whether every value was sound and no byte is left.
  bool finished() const { return failed_ == 0 && next_ == end_; }

 private:
  // Rarely called, and kept out of the loops that inline take().
  [[gnu::noinline]] std::uint64_t take_bytewise() {
    if (const auto value = read_varint(next_, end_)) return *value;
    failed_ = 1;
    next_ = end_;
    return 0;
  }

  const std::uint8_t* next_;
  const std::uint8_t* end_;
  unsigned failed_ = 0;  // or 1
};

}  // namespace keyledger::ledger
