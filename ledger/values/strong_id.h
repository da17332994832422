// StrongId: an integer with a type for the things counted.
//
// An id is made explicitly and read explicitly (`value()`), is ordered and hashable, and has the integer's
// size. Ids with different tags never convert into each other.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace keyledger::ledger {

template <typename Tag, typename Integer>
class StrongId {
 public:
  using Value = Integer;

  constexpr StrongId() = default;
  constexpr explicit StrongId(Integer value) : value_(value) {}

  constexpr Integer value() const { return value_; }
  constexpr StrongId next() const { return StrongId(static_cast<Integer>(value_ + 1)); }

  friend constexpr auto operator<=>(StrongId, StrongId) = default;

 private:
  Integer value_ = 0;
};

}  // namespace keyledger::ledger

template <typename Tag, typename Integer>
struct std::hash<keyledger::ledger::StrongId<Tag, Integer>> {
  std::size_t operator()(keyledger::ledger::StrongId<Tag, Integer> id) const noexcept {
    return std::hash<Integer>{}(id.value());
  }
};
