// Lists of entity numbers as the folds keep them: ascending, without duplicates.
#pragma once

#include <algorithm>
#include <vector>

namespace keyledger::projections {

// Inserts `number`. If the list already contains `number`, changes nothing and returns false.
template <typename Number>
bool insert_sorted(std::vector<Number>& numbers, Number number) {
  const auto place = std::lower_bound(numbers.begin(), numbers.end(), number);
  if (place != numbers.end() && *place == number) return false;
  numbers.insert(place, number);
  return true;
}

// Erases `number`. If the list does not contain `number`, changes nothing and returns false.
template <typename Number>
bool erase_sorted(std::vector<Number>& numbers, Number number) {
  const auto place = std::lower_bound(numbers.begin(), numbers.end(), number);
  if (place == numbers.end() || *place != number) return false;
  numbers.erase(place);
  return true;
}

}  // namespace keyledger::projections
