#include "commands/authenticator.h"

#include <utility>

namespace keyledger::commands {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every command

Authenticator::Authenticator(projections::Access access, Append append, Clock clock, Timestamp not_before,
                             Refresh refresh, std::size_t lanes)
    : shared_{.access = std::move(access),
              .gate = AccessGate(lanes),
              .append = std::move(append),
              .clock = std::move(clock),
              .refresh = std::move(refresh)} {
  for (std::size_t i = 0; i < lanes; ++i) {
    lanes_.push_back(std::make_unique<VerdictLane>(shared_, i, not_before));
  }
}

Result<void> Authenticator::apply(std::span<const Record> committed) {
  auto flushed = flush();
  {
    const std::lock_guard lock(shared_.commit_mutex);
    const AccessGate::Changing changing(shared_.gate, 0);
    for (const Record& record : committed) {
      const auto applied = shared_.access.apply(record);
      ENSURE(applied.ok(), "what this process decided follows from its own state");
    }
    ++shared_.commits;
  }
  lanes_.front()->forget_refreshes(committed);
  return flushed;
}

Position Authenticator::settled_position() {
  const std::lock_guard lock(shared_.commit_mutex);
  return shared_.access.position();  // every change holds the mutex
}

}  // namespace keyledger::commands
