// FoldedIndex: the index of any log, kept in memory and folded from the records of that log.
//
// For logs without an index. Keeps a hash for each record and an entry for each idempotency id, and finds a
// history by reading the whole log. One thread at a time folds records; any thread may ask at the same time.
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
  // Begins before the first record. The log outlives the index.
  explicit FoldedIndex(const Log& log) : log_(log) {}

  // Folds the next record of the log. `bytes`: the stored bytes of the record.
  void fold(const Record& record, std::span<const std::uint8_t> bytes);

  // Folds all further records of the log, and each later record right after the append, until a stop is
  // requested. Fails if the log cannot be read, and with kCorruptRecord if a record has the wrong index or
  // position.
  Result<void> follow(const std::stop_token& stop);

  LogHead head() const override;
  Result<std::unique_ptr<RecordCursor>> read_entities(std::span<const EntityRef> entities, UsesInHistory uses,
                                                      Position from) const override;
  Result<std::optional<IdempotencyEntry>> find_idempotent(std::string_view id) const override;
  Result<Hash> root_at(std::uint64_t records) const override;

 private:
  void note_idempotent(const Record& record);

  const Log& log_;

  mutable std::mutex mutex_;  // guards everything below
  LogEnd end_{.position = kBeforeFirst, .records = 0, .time = {}};
  MerkleFrontier frontier_;
  std::vector<MerkleNode> completed_;
  std::vector<Hash> roots_;  // roots of the trees of one record, two records, and so on
  std::map<std::string, IdempotencyEntry, std::less<>> idempotent_;
};

}  // namespace keyledger::ledger
