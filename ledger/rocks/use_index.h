// The index of uses: in which stretches of the log a key or a client was used. Internal to ledger/rocks/.
//
// Positions fall into segments of 2^18, and each of these into 16 chunks. When a segment is complete, its
// uses are inverted once: for every 1,024 key numbers (a bucket), a row says which of them were used in which
// chunk. What is not yet indexed is read through. The rows follow from the records and can be made again at
// any time, so they stay out of the write-ahead log; a segment's marker is written last, and a segment
// without one counts as not indexed (docs/decisions/0015-uses-are-indexed-by-segment.md).
//
// A row:  the chunks that have an entry, u16, little-endian; then for each of them, ascending, either the
// count
//         of its numbers and their distances (the first number; then how many lie between), as varints,
//         or a byte 0 and one bit for each number of the bucket, whichever is shorter.
#pragma once

#include <rocksdb/iterator.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/event_log.h"
#include "ledger/rocks/store.h"
#include "ledger/values/error.h"

namespace keyledger::ledger {

// How positions fall into segments and chunks. A value.
class UseSegments {
 public:
  static constexpr unsigned kChunkBits = 4;  // of a chunk's number within its segment
  static constexpr unsigned kChunks = 1U << kChunkBits;

  // 2^bits positions to a segment; more than one to a chunk.
  explicit UseSegments(unsigned bits) : bits_(bits) { ENSURE(bits > kChunkBits && bits < 40, "a segment"); }

  unsigned bits() const { return bits_; }
  std::uint64_t segment_of(Position position) const { return position.value() >> bits_; }
  Position first_of(std::uint64_t segment) const { return Position{segment << bits_}; }
  Position last_of(std::uint64_t segment) const { return Position{((segment + 1) << bits_) - 1}; }
  unsigned chunk_of(Position position) const {
    return static_cast<unsigned>(position.value() >> (bits_ - kChunkBits)) % kChunks;
  }

  // Segments that a log with this end has completed.
  std::uint64_t complete_at(Position end) const { return segment_of(end.next()); }

 private:
  unsigned bits_;
};

// Positions, both included, in which a record may concern an entity.
struct Stretch {
  std::uint64_t first;
  std::uint64_t last;

  friend bool operator==(const Stretch&, const Stretch&) = default;
};

// One row while it is made or looked at. Pure.
class UseRow {
 public:
  static constexpr unsigned kBucketBits = 10;
  static constexpr std::uint32_t kNumbers = 1U << kBucketBits;

  static std::uint32_t bucket_of(std::uint32_t number) { return number >> kBucketBits; }

  // Numbers within the bucket, ascending within a chunk.
  void add(unsigned chunk, std::uint32_t number);
  std::string encode() const;
  void clear();

  // The chunks, as bits, in which a row has the number; nothing if it is not a row.
  static std::optional<std::uint16_t> chunks_with(std::string_view row, std::uint32_t number);

 private:
  std::array<std::vector<std::uint16_t>, UseSegments::kChunks> numbers_;
};

// How many segments are indexed, from the first on without a gap.
Result<std::uint64_t> count_indexed(const RocksStore& store, const UseSegments& segments);

// Indexes a complete segment of a log that ends at `end`; buffers are kept from segment to segment. One
// thread at a time.
class UseIndexBuilder {
 public:
  UseIndexBuilder(const RocksStore& store, const UseSegments& segments)
      : store_(store), segments_(segments) {}

  // False if it was told to stop before it was done: then the segment is not indexed. Errors are those of
  // reading, and kWriteFailed.
  Result<bool> index(std::uint64_t segment, Position end, const std::stop_token& stop);

 private:
  // A number above the number of a chunk.
  using Postings = std::vector<std::uint64_t>;

  Result<bool> read(std::uint64_t segment, Position end, const std::stop_token& stop);
  void note(const UseBlock& block, Position first, std::uint64_t segment);
  Result<void> write(EntityRef::Kind kind, Postings& postings, std::uint64_t segment);
  void sort_by_number(Postings& postings);
  // So much more was done: others come first now and then.
  void worked(std::size_t postings);

  static constexpr std::size_t kPostingsAtOnce = 8'192;  // some tenths of a millisecond

  const RocksStore& store_;
  UseSegments segments_;
  Postings keys_;
  Postings clients_;
  Postings sorted_;  // some digits further
  std::size_t worked_ = 0;
  UseRow row_;
};

// Whether uses are part of the entity's own history: those of a user or an account are found by its keys.
bool has_uses(const EntityRef& entity);

// Adds where, from `from` on, the key or client was used in the first `indexed` segments.
Result<void> gather_uses(rocksdb::Iterator& rows, const EntityRef& entity, const UseSegments& segments,
                         std::uint64_t indexed, Position from, std::vector<Stretch>& stretches);

}  // namespace keyledger::ledger
