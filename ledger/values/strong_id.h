// StrongId: an integer that says what it counts.
//
// Explicit to make, explicit to read (`value()`), ordered and hashable, and of the size of its integer. Two
// ids with different tags never convert into one another.
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
