// Writes the elements of a Chunked to a snapshot, and reads them again, exactly as they lie in memory.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "ledger/values/byte_stream.h"
#include "ledger/values/position.h"
#include "projections/snapshot_fields.h"
#include "projections/tables/chunked.h"

// Tools that only analyse sources may lack this built-in function.
#if !__has_builtin(__builtin_clear_padding) && !defined(__clang_analyzer__)
#error "without __builtin_clear_padding snapshots would hold whatever lay between members of an entry"
#endif

namespace keyledger::projections {

template <typename T>
std::span<const std::uint8_t> bytes_of(std::span<const T> elements) {
  return {reinterpret_cast<const std::uint8_t*>(elements.data()), elements.size_bytes()};
}

// Writes all elements. Padding between members is undefined and may hold remains of earlier data, even of a
// token, so padding is written as zeros.
template <typename T>
void write_elements(const Chunked<T>& elements, ledger::ByteSink& sink) {
  constexpr std::size_t kAtOnce = 256;
  std::array<T, kAtOnce> copies;
  for (std::size_t from = 0; from < elements.size() && !sink.is_given_up(); from += kAtOnce) {
    const std::size_t count = std::min(kAtOnce, elements.size() - from);
    for (std::size_t i = 0; i < count; ++i) {
      copies[i] = elements[from + i];
#if __has_builtin(__builtin_clear_padding)
      __builtin_clear_padding(&copies[i]);
#endif
    }
    sink.write(bytes_of(std::span<const T>(copies).first(count)));
  }
}

// Returns how many elements the section holds. Returns nothing if the last element is incomplete, or if the
// count exceeds what events up to `position` can make.
template <typename T>
std::optional<std::size_t> elements_in(const ledger::ByteSource& source, ledger::Position position) {
  const std::uint64_t count = source.left() / sizeof(T);
  if (source.left() % sizeof(T) != 0 || !is_countable(count, position)) return std::nullopt;
  return static_cast<std::size_t>(count);
}

// Reads all elements of a section. Calls `take` with each stretch just read, while the stretch is still near,
// and the index of its first element. Returns false if the section holds no such elements, cannot be read, or
// `take` returns false.
template <typename T, typename Take>
bool read_elements(ledger::ByteSource& source, ledger::Position position, Chunked<T>& elements,
                   const Take& take) {
  constexpr std::size_t kAtOnce = (std::size_t{256} << 10) / sizeof(T);
  const auto count = elements_in<T>(source, position);
  if (!count) return false;
  for (std::size_t first = 0; first < *count;) {
    const std::span<T> room = elements.add_room(std::min(*count - first, kAtOnce));
    if (!source.read({reinterpret_cast<std::uint8_t*>(room.data()), room.size_bytes()})) return false;
    if (!take(room, first)) return false;
    first += room.size();
  }
  return true;
}

// Reads all elements of a section without checking each.
template <typename T>
bool read_elements(ledger::ByteSource& source, ledger::Position position, Chunked<T>& elements) {
  return read_elements(source, position, elements, [](std::span<T>, std::size_t) { return true; });
}

}  // namespace keyledger::projections
