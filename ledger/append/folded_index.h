// FoldedIndex: the index of any log, kept in memory and folded from the records of that log.
//
// The index of a log that keeps none itself. It holds a hash for each record and an entry for each
// idempotency id; a history is found by reading the whole log. Records are folded by one thread at a time;
// questions may come from any thread meanwhile.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/event_log.h"

namespace keyledger::ledger {

class FoldedIndex final : public LogIndex {
 public:
  // An index of nothing. The log must outlive it.
  explicit FoldedIndex(const Log& log) : log_(log) {}

  // Folds the next record of the log, whose stored bytes are `bytes`.
  void fold(const Record& record, std::span<const std::uint8_t> bytes);

  // Folds the records that are not folded yet, and each further one as soon as it is appended, until `stop`
  // is requested. Errors of reading; kCorruptRecord for a record out of turn.
  Result<void> follow(const std::stop_token& stop);

  LogHead head() const override;
  Result<std::unique_ptr<RecordCursor>> read_entities(std::span<const EntityRef> entities, UsesInHistory uses,
                                                      Position from) const override;
  Result<std::optional<IdempotencyEntry>> find_idempotent(std::string_view id) const override;
  Result<Hash> root_at(std::uint64_t records) const override;

 private:
  void note_idempotent(const Record& record);

  const Log& log_;

  mutable std::mutex mutex_;  // guards what follows
  LogEnd end_{.position = kBeforeFirst, .records = 0, .time = {}};
  MerkleFrontier frontier_;
  std::vector<MerkleNode> completed_;
  std::vector<Hash> roots_;  // of the trees of one record, of two, and so on
  std::map<std::string, IdempotencyEntry, std::less<>> idempotent_;
};

}  // namespace keyledger::ledger
