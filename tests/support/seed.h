// The seed of everything that a test draws. A test CAPTUREs it, so that a failure names it; to run with
// another one, or with the one of a failure, set KEYLEDGER_TEST_SEED.
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
