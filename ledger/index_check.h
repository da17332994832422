// IndexCheck: compares everything that is derived from the records of a log with the records: the index of
// entities, the index of uses, the entries of idempotency ids, and the nodes of the Merkle tree.
//
// A caller that reads the whole log passes each record on, so that the log is read once for all checks. One
// thread. The log outlives the object.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "ledger/merkle.h"
#include "ledger/record.h"
#include "ledger/values/error.h"

namespace keyledger::ledger {

// The outcome of a comparison, with the number of compared rows.
struct IndexChecked {
  // The first difference that was found, as a text for a person: a missing, surplus or different row; nothing
  // if all rows agree with the records.
  std::optional<std::string> difference;
  Hash root{};  // of the Merkle tree over the records that were taken
  std::uint64_t entity_rows = 0;
  std::uint64_t use_rows = 0;
  std::uint64_t idempotency_rows = 0;
  std::uint64_t nodes = 0;

  friend bool operator==(const IndexChecked&, const IndexChecked&) = default;
};

class IndexCheck {
 public:
  IndexCheck() = default;
  IndexCheck(const IndexCheck&) = delete;
  IndexCheck& operator=(const IndexCheck&) = delete;
  virtual ~IndexCheck() = default;

  // Takes the next record, beginning with the first of the log, and its stored bytes. Fails with errors of
  // reading the index.
  virtual Result<void> take(const Record& record, std::span<const std::uint8_t> bytes) = 0;

  // Compares the rest after the last record. The log must not have grown meanwhile. Fails with errors of
  // reading.
  virtual Result<IndexChecked> finish() = 0;
};

}  // namespace keyledger::ledger
