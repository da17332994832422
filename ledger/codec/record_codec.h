// Converts records to stored bytes, and back (ledger/codec/events.capnp).
//
// Pure; any thread. Encoding is deterministic: equal records give equal bytes, because the Merkle tree hashes
// the bytes. Decoding trusts no bytes: the result is either an Error or a Record that keeps all promises of
// the type (never an empty event list or block, no index outside a dictionary).
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

// Returns the most bytes that the event adds to a record. Not for blocks of uses: the size of a block is
// known only after the encoding.
std::size_t bytes_max_of(const Event& event);

// Returns the most bytes that the record takes, apart from its events.
std::size_t bytes_max_beside_events(const Record& record);

// Overwrites the fields of a stored record that only an append knows.
void stamp(std::span<std::uint8_t> bytes, std::uint64_t index, Position position, Timestamp time);

// Encodes records, for appends to a log. Keeps buffers between calls. One thread at a time.
class RecordEncoder {
 public:
  RecordEncoder();
  RecordEncoder(const RecordEncoder&) = delete;
  RecordEncoder& operator=(const RecordEncoder&) = delete;
  ~RecordEncoder();

  // Returns the stored bytes, which stay valid until the next call.
  std::span<const std::uint8_t> encode(const Record& record);

 private:
  struct Buffers;
  std::unique_ptr<Buffers> buffers_;
};

// Decodes records, for reads of a log. Keeps a buffer between calls. One thread at a time.
class RecordDecoder {
 public:
  // Decodes a record like decode_record().
  Result<Record> decode(std::span<const std::uint8_t> bytes);

 private:
  std::vector<std::uint64_t> words_;
};

// Decodes a record. Fails with kCorruptRecord and the mistake found, or with kNewerFormat for an event or
// version unknown to this program.
Result<Record> decode_record(std::span<const std::uint8_t> bytes);

}  // namespace keyledger::ledger
