// Records to stored bytes and back (ledger/codec/events.capnp).
//
// Pure; any thread. Encoding is deterministic: equal records give equal bytes, which is what the Merkle tree
// hashes. Decoding trusts nothing: whatever the bytes, the answer is a Record that keeps its type's promises
// (never an empty event list or block, no index outside a dictionary) or an Error.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ledger/codec/record_limits.h"
#include "ledger/record.h"
#include "ledger/values/error.h"

namespace keyledger::ledger {

std::vector<std::uint8_t> encode_record(const Record& record);

// What an event adds to a record, about, and rather more than less.
std::size_t estimated_bytes(const Event& event);

// Overwrites, in the stored bytes of a record, what only its append knows.
void stamp(std::span<std::uint8_t> bytes, std::uint64_t index, Position position, Timestamp time);

// Encodes one record after another in buffers that it keeps: what a log appends with. One thread at a time.
class RecordEncoder {
 public:
  RecordEncoder();
  RecordEncoder(const RecordEncoder&) = delete;
  RecordEncoder& operator=(const RecordEncoder&) = delete;
  ~RecordEncoder();

  // The stored bytes, valid until the next call.
  std::span<const std::uint8_t> encode(const Record& record);

 private:
  struct Buffers;
  std::unique_ptr<Buffers> buffers_;
};

// Decodes one record after another, through a buffer that it keeps: what a log is read with. One thread at a
// time.
class RecordDecoder {
 public:
  // As decode_record().
  Result<Record> decode(std::span<const std::uint8_t> bytes);

 private:
  std::vector<std::uint64_t> words_;
};

// kCorruptRecord with what is wrong; kNewerFormat for an event or version that this program does not know.
Result<Record> decode_record(std::span<const std::uint8_t> bytes);

}  // namespace keyledger::ledger
