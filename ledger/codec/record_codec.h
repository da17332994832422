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

#include "ledger/record.h"
#include "ledger/values/error.h"

namespace keyledger::ledger {

constexpr std::uint16_t kEventVersion = 1;

// Limits that decoding enforces and encoding ENSUREs. Records of these sizes are in old logs.
constexpr std::size_t kRecordBytesMax = std::size_t{16} << 20;
constexpr std::size_t kUsesPerBlockMax = 65'536;
constexpr std::size_t kEventsPerRecordMax = 4'096;

// Limits of records that are appended today (docs/decisions/0024). An entry of an outside log format, and a
// message of a replicated log, hold no more bytes.
constexpr std::size_t kNewRecordBytesMax = 65'535;
// A block of this many uses always fits into a new record: a use takes at most 50 bytes, even if it brings an
// address and a client of its own (10 for its time, 5 for its key, 3 + 4 for its client, 3 + 24 for its
// address, 1 for its reason).
constexpr std::size_t kUsesPerNewBlockMax = 1'280;

std::vector<std::uint8_t> encode_record(const Record& record);

// Returns how many bytes the event adds to a record at most. Not for blocks of uses, whose size is not known
// before they are encoded.
std::size_t bytes_max_of(const Event& event);

// Returns how many bytes the record takes at most, apart from its events.
std::size_t bytes_max_beside_events(const Record& record);

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
