// Authenticator: the hot state, and the lanes that judge by it.
//
// Each lane belongs to a thread of its own (VerdictLane). apply() and the functions without a lane are for
// the thread of lane 0, the home of whatever else needs the hot state.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "commands/shared_access.h"
#include "commands/verdict_lane.h"

namespace keyledger::commands {

class Authenticator {
 public:
  using Append = SharedAccess::Append;
  using Refresh = SharedAccess::Refresh;

  // No use is dated before `not_before`, whatever the clock says: the time of the log's last record.
  Authenticator(projections::Access access, Append append, ledger::Clock clock, ledger::Timestamp not_before,
                Refresh refresh = {}, std::size_t lanes = 1);
  Authenticator(const Authenticator&) = delete;
  Authenticator& operator=(const Authenticator&) = delete;

  VerdictLane& lane(std::size_t number) { return *lanes_[number]; }
  std::size_t lanes() const { return lanes_.size(); }

  // Folds in what commands committed, after a flush of lane 0; what other lanes have noted keeps the state
  // that judged it. What is durable is folded in even if that flush fails; its error is the answer.
  ledger::Result<void> apply(std::span<const ledger::Record> committed);

  projections::Verdict authenticate(const projections::Question& question) {
    return lanes_.front()->authenticate(question);
  }
  ledger::Result<void> flush() { return lanes_.front()->flush(); }
  ledger::Result<void> flush_all() { return lanes_.front()->flush_all(); }
  // Of the state when no lane is between its append and its fold: all that is in the log by now is included.
  ledger::Position settled_position();
  AccessGate::Reading read() const { return lanes_.front()->read(); }
  const projections::Access& access() const { return shared_.access; }
  const ledger::Error* failure() const { return lanes_.front()->failure(); }
  ledger::Timestamp now() { return lanes_.front()->now(); }

 private:
  SharedAccess shared_;
  std::vector<std::unique_ptr<VerdictLane>> lanes_;
};

}  // namespace keyledger::commands
