#include "tools/exit_status.h"

#include "ledger/error.h"

namespace keyledger::tools {

int exit_status_of(std::uint16_t code) {
  if (code < 2000 || code == static_cast<std::uint16_t>(ledger::ErrorCode::kInputInvalid))
    return kExitRefused;
  if (code == static_cast<std::uint16_t>(ledger::ErrorCode::kUsage)) return kExitUsage;
  return code >= 3100 && code < 3200 ? kExitCorrupt : kExitUnreachable;
}

}  // namespace keyledger::tools
