#include "projections/fold_error.h"

#include <fmt/format.h>

namespace keyledger::projections {

ledger::Error cannot_follow(ledger::Position position, std::string_view event, std::string_view what) {
  return {ledger::ErrorCode::kCorruptRecord,
          fmt::format("position {}: {} {}", position.value(), event, what)};
}

}  // namespace keyledger::projections
