// SnapshotFieldWriter and SnapshotFieldReader: numbers and texts one after another, for the parts of a state
// not written as they lie in memory.
//
// Numbers are varints (see ledger/values/varint.h), signed numbers in zigzag; a text is its size and its
// bytes. One thread at a time.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "ledger/values/account_number.h"
#include "ledger/values/byte_stream.h"
#include "ledger/values/policy.h"
#include "ledger/values/position.h"
#include "ledger/values/strong_id.h"
#include "ledger/values/timestamp.h"
#include "ledger/values/varint.h"

namespace keyledger::projections {

constexpr std::uint64_t kAccountMax = ledger::kAccountNumberEnd - 1;
constexpr std::uint64_t kAny16 = std::numeric_limits<std::uint16_t>::max();
constexpr std::uint64_t kAny32 = std::numeric_limits<std::uint32_t>::max();

// Returns whether a snapshot at `position` can hold `count` entities or relations. Each comes from an event,
// so `count` cannot exceed the position. Checked before anything is allocated, because a sparse file may
// claim any size.
constexpr bool is_countable(std::uint64_t count, ledger::Position position) {
  return count <= position.value() && count < kAny32;
}

// Writes to the sink's present section. Call finish() last.
class SnapshotFieldWriter {
 public:
  explicit SnapshotFieldWriter(ledger::ByteSink& sink) : sink_(sink) {}

  void number(std::uint64_t value) {
    std::array<std::uint8_t, ledger::kVarintBytesMax> varint;
    std::uint8_t* const end = ledger::put_varint(varint.data(), value);
    buffer_.insert(buffer_.end(), varint.data(), end);
    if (buffer_.size() >= kBufferBytes) finish();
  }
  void bytes(std::span<const std::uint8_t> bytes) {
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  }
  void text(std::string_view text) {
    number(text.size());
    bytes({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  }
  void flag(bool value) { number(value ? 1 : 0); }
  void moment(ledger::Timestamp time) { number(ledger::zigzag(time.microseconds)); }
  template <typename Tag, typename Integer>
  void id(ledger::StrongId<Tag, Integer> id) {
    number(id.value());
  }
  template <typename Ids>
  void ids(const Ids& all) {
    number(all.size());
    for (const auto each : all) id(each);
  }
  void policy(const ledger::Policy& policy);

  // Returns whether the snapshot is given up. Long loops should poll this, and stop writing once true.
  bool is_given_up() const { return sink_.is_given_up(); }

  void finish() {
    sink_.write(buffer_);
    buffer_.clear();
  }

 private:
  static constexpr std::size_t kBufferBytes = std::size_t{64} << 10;

  ledger::ByteSink& sink_;
  std::vector<std::uint8_t> buffer_;
};

// In bytes: far more than any name, or all texts of a key, can take.
constexpr std::size_t kSnapshotTextMax = std::size_t{4} << 20;

// Reads one section of a snapshot at `position`. Once a field is not sound, all later fields are zeros and
// empty texts, so that a caller needs to ask is_sound() or is_done() only at the end.
class SnapshotFieldReader {
 public:
  SnapshotFieldReader(ledger::ByteSource& source, ledger::Position position)
      : source_(source), position_(position) {}

  // Reads a number. A number not encoded in the fewest bytes is unsound.
  std::uint64_t number();
  // Reads a number; a number over `max` is unsound.
  std::uint64_t number(std::uint64_t max) {
    const std::uint64_t value = number();
    return value <= max ? value : fail();
  }
  bool flag() { return number(1) == 1; }
  ledger::Timestamp moment() { return ledger::Timestamp{ledger::unzigzag(number())}; }
  // Reads a count of entities or relations; see is_countable().
  std::size_t count() {
    const std::uint64_t count = number(left());
    return static_cast<std::size_t>(is_countable(count, position_) ? count : fail());
  }
  // Reads a count of parts that take at least `bytes_each` bytes each.
  std::size_t count_of_parts(std::size_t bytes_each) {
    return static_cast<std::size_t>(number(left() / bytes_each));
  }
  // Reads a text of at most kSnapshotTextMax bytes. The view is valid until the next call.
  std::string_view text();
  void bytes(std::span<std::uint8_t> into);
  template <typename Id>
  Id id(std::uint64_t max) {
    return Id{static_cast<typename Id::Value>(number(max))};
  }
  // Reads an id between 1 and `max`.
  template <typename Id>
  Id known_id(std::uint64_t max) {
    const auto value = number(max);
    if (value == 0) fail();
    return Id{static_cast<typename Id::Value>(value)};
  }
  ledger::Policy policy();

  std::uint64_t fail() {
    sound_ = false;
    return 0;
  }
  bool is_sound() const { return sound_; }
  // Returns whether the section is sound and read to its end.
  bool is_done() const { return sound_ && left() == 0; }

 private:
  static constexpr std::size_t kBufferBytes = std::size_t{64} << 10;

  std::uint64_t left() const { return source_.left() + (end_ - next_); }
  // Buffers at least `size` bytes from next_ on. Returns false if the section has fewer left or cannot be
  // read.
  bool fill(std::size_t size);

  ledger::ByteSource& source_;
  ledger::Position position_;
  std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(kBufferBytes);
  std::size_t next_ = 0;
  std::size_t end_ = 0;
  bool sound_ = true;
};

}  // namespace keyledger::projections
