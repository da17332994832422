// The seed of all random draws in tests. A test CAPTUREs the seed for the message of a failure. To run with
// another seed, or to repeat a failure, set KEYLEDGER_TEST_SEED.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

namespace keyledger::tests {

inline std::uint64_t test_seed() {
  const char* given = std::getenv("KEYLEDGER_TEST_SEED");
  return given == nullptr ? 1 : std::strtoull(given, nullptr, 10);
}

}  // namespace keyledger::tests
