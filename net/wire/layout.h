// The layout of the messages that are read or written by hand, without Cap'n Proto's library: requests for
// verdicts, and verdicts.
//
// A verdict takes less time than the library needs to set up a reader. All programs take their numbers from
// here: the daemon, the client and the load generator. layout.cpp pins sizes and union members to
// net/wire/wire.capnp when it is compiled, and a test pins the place of each field. The formats of pointers
// and frames are in the encoding chapter of Cap'n Proto's documentation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

namespace keyledger::net::layout {

constexpr std::size_t kWord = sizeof(std::uint64_t);  // bytes

constexpr std::size_t words_of(std::size_t bytes) { return (bytes + kWord - 1) / kWord; }

// The size of a struct. A newer sender's structs may be larger, an older sender's smaller.
struct StructSize {
  std::size_t data_words = 0;
  std::size_t pointers = 0;

  constexpr std::size_t words() const { return data_words + pointers; }

  friend bool operator==(const StructSize&, const StructSize&) = default;
};

// In the structs below, a field's constant is the index of a word of data, of a bit within word 0, or of a
// pointer.

struct Request {
  static constexpr StructSize kSize{.data_words = 3, .pointers = 1};
  static constexpr std::size_t kIdWord = 0;
  static constexpr std::size_t kMinPositionWord = 1;
  static constexpr std::size_t kMemberWord = 2;  // the union's member, in the lowest 16 bits
  static constexpr std::size_t kBodyPointer = 0;

  static constexpr std::uint16_t kAuthenticate = 0;
  static constexpr std::uint16_t kAuthenticateMany = 1;

  static constexpr std::uint16_t member_in(std::uint64_t word) { return static_cast<std::uint16_t>(word); }
};

struct Question {
  static constexpr StructSize kSize{.data_words = 1, .pointers = 3};
  static constexpr std::size_t kHasTokenBit = 0;
  static constexpr std::uint64_t kKnownBits = 1;  // of word 0
  static constexpr std::size_t kTokenPointer = 0;
  static constexpr std::size_t kClientPointer = 1;
  static constexpr std::size_t kAddressPointer = 2;
};

struct Response {
  static constexpr StructSize kSize{.data_words = 2, .pointers = 1};
  static constexpr std::size_t kIdWord = 0;
  static constexpr std::size_t kMemberWord = 1;  // the union's member, in the bits from kMemberBit on
  static constexpr std::size_t kMemberBit = 16;
  static constexpr std::size_t kBodyPointer = 0;

  static constexpr std::uint16_t kVerdict = 1;
  static constexpr std::uint16_t kVerdicts = 2;

  static constexpr std::uint64_t word_with(std::uint16_t member) {
    return std::uint64_t{member} << kMemberBit;
  }
  static constexpr std::uint16_t member_in(std::uint64_t word) {
    return static_cast<std::uint16_t>(word >> kMemberBit);
  }
};

struct Verdict {
  static constexpr StructSize kSize{.data_words = 6, .pointers = 5};
  static constexpr std::size_t kReasonBit = 0;  // the first of eight
  static constexpr std::size_t kLifetimeExceededBit = 8;
  static constexpr std::size_t kExpiresBit = 9;
  static constexpr std::size_t kSupersededBit = 10;
  static constexpr std::size_t kExpiryWord = 1;
  static constexpr std::size_t kPositionWord = 2;
  static constexpr std::size_t kAccountWord = 3;
  static constexpr std::size_t kRetryAfterWord = 4;
  static constexpr std::size_t kSupersededUntilWord = 5;
  static constexpr std::size_t kKeyIdPointer = 0;
  static constexpr std::size_t kClientIdPointer = 1;
  static constexpr std::size_t kOwnerPointer = 2;
  static constexpr std::size_t kReasonNamePointer = 3;
  static constexpr std::size_t kMessagePointer = 4;

  static constexpr std::uint8_t reason_in(std::uint64_t word) { return static_cast<std::uint8_t>(word); }
};

// A word that points to a struct or a list in the same segment. A null pointer counts as a pointer to a
// struct.
class Pointer {
 public:
  explicit constexpr Pointer(std::uint64_t word) : word_(word) {}

  // `offset`: words between the pointer and the object.
  static constexpr Pointer to_struct(std::uint64_t offset, const StructSize& size) {
    return Pointer(offset << 2 | std::uint64_t{size.data_words} << 32 | std::uint64_t{size.pointers} << 48);
  }
  static constexpr Pointer to_bytes(std::uint64_t offset, std::uint64_t bytes) {
    return Pointer(kList | kBytes << 32 | offset << 2 | bytes << 35);
  }
  // A list of structs begins with a tag. `words`: all elements together, without the tag.
  static constexpr Pointer to_structs(std::uint64_t offset, std::uint64_t words) {
    return Pointer(kList | kStructs << 32 | offset << 2 | words << 35);
  }
  static constexpr Pointer tag(std::uint64_t count, const StructSize& each) { return to_struct(count, each); }

  constexpr std::uint64_t word() const { return word_; }
  constexpr bool is_null() const { return word_ == 0; }
  constexpr bool is_struct() const { return (word_ & 3) == 0; }
  constexpr bool is_list_of_bytes() const { return (word_ & 3) == kList && (word_ >> 32 & 7) == kBytes; }
  constexpr bool is_list_of_structs() const { return (word_ & 3) == kList && (word_ >> 32 & 7) == kStructs; }

  constexpr StructSize struct_size() const {
    return {.data_words = word_ >> 32 & 0xffff, .pointers = word_ >> 48};
  }
  // The bytes of a list of bytes, or the words of a list of structs without its tag.
  constexpr std::size_t list_size() const { return word_ >> 35; }
  constexpr std::size_t count_in_tag() const { return static_cast<std::uint32_t>(word_) >> 2; }

  // The word to which a pointer at word `at` leads. If the target lies before the segment, the sum wraps, and
  // the result lies beyond every segment.
  constexpr std::size_t target(std::size_t at) const {
    const auto offset = static_cast<std::int32_t>(static_cast<std::uint32_t>(word_)) >> 2;
    return at + 1 + static_cast<std::size_t>(offset);
  }

 private:
  static constexpr std::uint64_t kList = 1;
  static constexpr std::uint64_t kBytes = 2;    // size of a list's elements
  static constexpr std::uint64_t kStructs = 7;  // likewise

  std::uint64_t word_;
};

// A struct in a segment. Its words lie inside the segment.
struct Struct {
  std::size_t data = 0;  // index of the first word
  StructSize size;

  std::size_t pointer(std::size_t index) const { return data + size.data_words + index; }
  Struct next() const { return {.data = data + size.words(), .size = size}; }
};

struct ListOfStructs {
  Struct first;
  std::size_t count = 0;
};

// Reads the words of one segment, and checks every pointer against the segment's size. The bytes must outlive
// the reader and may be unaligned.
class Segment {
 public:
  explicit Segment(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::size_t words() const { return bytes_.size() / kWord; }

  std::uint64_t word(std::size_t at) const {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes_.data() + at * kWord, kWord);
    return word;
  }
  Pointer pointer(std::size_t at) const { return Pointer(word(at)); }
  const std::byte* address(std::size_t at) const { return bytes_.data() + at * kWord; }

  bool holds(std::size_t first, std::size_t count) const {
    return first <= words() && count <= words() - first;
  }

  // Returns the struct to which the pointer at `at` leads, or nothing for a null pointer or any other
  // pointer.
  std::optional<Struct> struct_at(std::size_t at) const {
    const Pointer to = pointer(at);
    if (to.is_null() || !to.is_struct()) return std::nullopt;
    const Struct found{.data = to.target(at), .size = to.struct_size()};
    return holds(found.data, found.size.words()) ? std::optional(found) : std::nullopt;
  }

  // Returns the list of structs to which the pointer at `at` leads, or nothing for any other pointer.
  std::optional<ListOfStructs> structs_at(std::size_t at) const {
    const Pointer to = pointer(at);
    if (!to.is_list_of_structs()) return std::nullopt;
    const std::size_t tag_at = to.target(at);
    if (!holds(tag_at, to.list_size() + 1)) return std::nullopt;
    const Pointer tag = pointer(tag_at);
    const std::size_t each = tag.struct_size().words();
    if (!tag.is_struct() || each == 0 || tag.count_in_tag() > to.list_size() / each) return std::nullopt;
    return ListOfStructs{.first = {.data = tag_at + 1, .size = tag.struct_size()},
                         .count = tag.count_in_tag()};
  }

 private:
  std::span<const std::byte> bytes_;
};

// Frames are little-endian, as all machines that we build for.
inline std::uint32_t half_word(std::span<const std::byte> bytes, std::size_t offset) {
  std::uint32_t half = 0;
  std::memcpy(&half, bytes.data() + offset, sizeof half);
  return half;
}

// The number of segments of the frame that begins with these bytes; there is at least a word.
inline std::size_t segments_of_frame(std::span<const std::byte> bytes) {
  return std::size_t{half_word(bytes, 0)} + 1;
}

// The size in bytes of the frame that begins with these bytes, with its header. Nothing if the header is not
// complete; there is at least a word.
inline std::optional<std::size_t> size_of_frame(std::span<const std::byte> bytes) {
  const std::size_t segments = segments_of_frame(bytes);
  const std::size_t header = (segments / 2 + 1) * kWord;
  if (bytes.size() < header) return std::nullopt;
  std::size_t size = header;
  for (std::size_t i = 1; i <= segments; ++i) size += std::size_t{half_word(bytes, i * kWord / 2)} * kWord;
  return size;
}

// The header of a frame with one segment of `words` words.
constexpr std::uint64_t header_of_frame(std::uint64_t words) { return words << 32; }
// The reverse. Only the header of one segment is a single word.
constexpr bool is_header_of_one_segment(std::uint64_t header) {
  return static_cast<std::uint32_t>(header) == 0;
}
constexpr std::uint64_t words_in_header(std::uint64_t header) { return header >> 32; }

}  // namespace keyledger::net::layout
