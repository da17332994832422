// ByteSink and ByteSource: where a state writes itself to and reads itself from, for those who must not know
// of files. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace keyledger::ledger {

// In sections, the first of which begins with next_section(). What goes wrong is told by whoever owns the
// sink, at the end.
class ByteSink {
 public:
  ByteSink() = default;
  ByteSink(const ByteSink&) = delete;
  ByteSink& operator=(const ByteSink&) = delete;
  virtual ~ByteSink() = default;

  virtual void next_section() = 0;
  virtual void write(std::span<const std::uint8_t> bytes) = 0;
  // What is written from now on is of no use: whoever has much of it may leave it.
  virtual bool is_given_up() const { return false; }
};

// One section, from its beginning.
class ByteSource {
 public:
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;

  // Fills `into`; false, now and from now on, if there is less left, or it cannot be read.
  virtual bool read(std::span<std::uint8_t> into) = 0;
  // In bytes.
  virtual std::uint64_t left() const = 0;
};

}  // namespace keyledger::ledger
