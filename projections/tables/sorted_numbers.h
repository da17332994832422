// Lists of entity numbers, ascending and each once, as the folds keep them.
#pragma once

#include <algorithm>
#include <vector>

namespace keyledger::projections {

// False, with nothing done, if it is there already.
template <typename Number>
bool insert_sorted(std::vector<Number>& numbers, Number number) {
  const auto place = std::lower_bound(numbers.begin(), numbers.end(), number);
  if (place != numbers.end() && *place == number) return false;
  numbers.insert(place, number);
  return true;
}

// False, with nothing done, if it is not there.
template <typename Number>
bool erase_sorted(std::vector<Number>& numbers, Number number) {
  const auto place = std::lower_bound(numbers.begin(), numbers.end(), number);
  if (place == numbers.end() || *place != number) return false;
  numbers.erase(place);
  return true;
}

}  // namespace keyledger::projections
