#include "tools/offline/verify_log.h"

#include <fmt/format.h>

namespace keyledger::tools::offline {

using ledger::Error;
using ledger::ErrorCode;
using ledger::Result;

Result<VerifiedLog> verify_log(const ledger::Log& log, ledger::IndexCheck& check,
                               output::ProgressBar& progress) {
  constexpr std::uint64_t kRecordsBetweenUpdates = 1'000;
  VerifiedLog verified;
  const auto cursor = log.read(ledger::kBeforeFirst.next());
  if (!cursor) return cursor.error();
  for (;;) {
    const auto record = (*cursor)->next();
    if (!record) return record.error();
    if (!record->has_value()) break;
    const std::uint64_t number = verified.end.records;
    if ((*record)->index != number) {
      return Error{ErrorCode::kCorruptRecord,
                   fmt::format("position {}: the record has number {} instead of {}",
                               (*record)->position.value(), (*record)->index, number)};
    }
    if (auto taken = check.take(**record, (*cursor)->bytes()); !taken) return taken.error();
    verified.end = {.position = last_position_of(**record), .records = number + 1, .time = (*record)->time};
    if (verified.end.records % kRecordsBetweenUpdates == 0) progress.update(verified.end.position.value());
  }
  auto checked = check.finish();
  if (!checked) return checked.error();
  verified.index = std::move(*checked);
  return verified;
}

}  // namespace keyledger::tools::offline
