// ByteSink and ByteSource: a state writes itself to a sink and reads itself from sources, without knowing
// about files. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace keyledger::ledger {

// Takes bytes in sections. Call next_section() before the first byte of each section. Failures are not
// reported here, but at the end by the owner of the sink.
class ByteSink {
 public:
  ByteSink() = default;
  ByteSink(const ByteSink&) = delete;
  ByteSink& operator=(const ByteSink&) = delete;
  virtual ~ByteSink() = default;

  virtual void next_section() = 0;
  virtual void write(std::span<const std::uint8_t> bytes) = 0;
  // Returns true if bytes written from now on are useless. A long write may stop then.
  virtual bool is_given_up() const { return false; }
};

// Gives the bytes of a single section, from its beginning.
class ByteSource {
 public:
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;

  // Fills `into`. If the section has fewer bytes left or cannot be read, returns false, now and on every
  // later call.
  virtual bool read(std::span<std::uint8_t> into) = 0;
  // Returns the number of bytes left.
  virtual std::uint64_t left() const = 0;
};

}  // namespace keyledger::ledger
