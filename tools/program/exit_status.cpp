#include "tools/program/exit_status.h"

#include "ledger/values/error.h"

namespace keyledger::tools::program {

using ledger::ErrorCode;

int exit_status_of(std::uint16_t code) {
  switch (static_cast<ErrorCode>(code)) {
    case ErrorCode::kInputInvalid:
    case ErrorCode::kNoSuchPosition:
    case ErrorCode::kNotSupported:
    case ErrorCode::kTooLarge:
      return kExitRefused;
    case ErrorCode::kUsage:
      return kExitUsage;
    default:
      break;
  }
  if (code < 2000) return kExitRefused;
  return code >= 3100 && code < 3200 ? kExitCorrupt : kExitUnreachable;
}

}  // namespace keyledger::tools::program
