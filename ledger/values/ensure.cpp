#include "ledger/values/ensure.h"

#include <cstdio>
#include <cstdlib>

namespace keyledger::ledger {

void ensure_failed(const char* condition, const char* message, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: ENSURE failed: %s (%s)\n", file, line, condition, message);
  std::abort();
}

}  // namespace keyledger::ledger
