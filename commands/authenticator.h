// Authenticator: the hot state, and the lanes that judge questions by the hot state.
//
// Each lane belongs to one thread (VerdictLane). apply() and the functions without a lane are for the thread
// of lane 0, the home thread.
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

  // No use is dated before `not_before`, the time of the log's last record, whatever the clock says.
  Authenticator(projections::Access access, Append append, ledger::Clock clock, ledger::Timestamp not_before,
                Refresh refresh = {}, std::size_t lanes = 1);
  Authenticator(const Authenticator&) = delete;
  Authenticator& operator=(const Authenticator&) = delete;

  VerdictLane& lane(std::size_t number) { return *lanes_[number]; }
  std::size_t lanes() const { return lanes_.size(); }

  // Flushes lane 0, then folds in the committed records. Uses noted by other lanes keep the position of the
  // judging state. If the flush fails, folds in the records all the same, because the records are durable,
  // and returns the flush's error.
  ledger::Result<void> apply(std::span<const ledger::Record> committed);

  projections::Verdict authenticate(const projections::Question& question) {
    return lanes_.front()->authenticate(question);
  }
  ledger::Result<void> flush() { return lanes_.front()->flush(); }
  ledger::Result<void> flush_all() { return lanes_.front()->flush_all(); }
  // Returns the position of the state at a moment when no lane is between an append and the fold: everything
  // in the log is included.
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
