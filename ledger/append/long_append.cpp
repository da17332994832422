#include "ledger/append/long_append.h"

#include "ledger/host/thread_priority.h"

namespace keyledger::ledger {

PartwiseAppend::PartwiseAppend(PreparedLog& log, std::span<const std::span<Record>> parts)
    : log_(log), parts_(parts.begin(), parts.end()) {
  prepared_.reserve(parts.size());
  for (const std::span<Record> part : parts) {
    if (!prepared_.empty()) give_way();
    prepared_.emplace_back(part);
  }
  if (parts.size() > 1) number_intents(prepared_);
}

Appended PartwiseAppend::append_next(Position expected_end) {
  ENSURE(next_ < parts_.size(), "there is a part that is not appended yet");
  auto appended = log_.append_prepared(expected_end, parts_[next_], prepared_[next_]);
  if (appended) {
    ++next_;
  } else if (parts_.size() > 1 && appended.error().outcome == AppendFailure::Outcome::kNotDone) {
    // The next opening of the log appends this part, because all parts are intended.
    return AppendFailure{AppendFailure::Outcome::kUncertain, appended.error().why};
  }
  return appended;
}

}  // namespace keyledger::ledger
