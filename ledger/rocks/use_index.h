// The index of uses: the stretches of the log in which a key or a client was used. Internal to ledger/rocks/.
//
// Positions fall into segments of 2^18 positions, and a segment into 16 chunks. Once a segment is complete,
// its uses are inverted: for every 1,024 numbers of keys or clients (a bucket), a row lists the numbers used
// in each chunk. Segments without an index are read through. The rows follow from the records and can be made
// again at any time. Therefore the rows stay out of the write-ahead log. A segment's marker is written last,
// and a segment without a marker counts as not indexed (docs/decisions/0015-uses-are-indexed-by-segment.md).
//
// A row:     a bit for each chunk with an entry, u16, little-endian; then the entries, in the order of the
//            chunks. An entry is a list or a bitmap: the shorter form.
// A list:    the count of numbers, the first number, then for each further number the count of numbers
//            skipped before the number; all as varints.
// A bitmap:  a byte 0, then a bit for each number of the bucket.
#pragma once

#include <rocksdb/iterator.h>

#include <array>
#include <cstdint>
#include <functional>
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

// The division of positions into segments and chunks. A value.
class UseSegments {
 public:
  static constexpr unsigned kChunkBits = 4;  // bits of a chunk's number within a segment
  static constexpr unsigned kChunks = 1U << kChunkBits;

  // Makes segments of 2^bits positions. `bits` must be above kChunkBits and below 40 (ENSURE).
  explicit UseSegments(unsigned bits) : bits_(bits) { ENSURE(bits > kChunkBits && bits < 40, "a segment"); }

  unsigned bits() const { return bits_; }
  std::uint64_t segment_of(Position position) const { return position.value() >> bits_; }
  Position first_of(std::uint64_t segment) const { return Position{segment << bits_}; }
  Position last_of(std::uint64_t segment) const { return Position{((segment + 1) << bits_) - 1}; }
  unsigned chunk_of(Position position) const {
    return static_cast<unsigned>(position.value() >> (bits_ - kChunkBits)) % kChunks;
  }

  // Returns the number of segments completed by a log that ends at `end`.
  std::uint64_t complete_at(Position end) const { return segment_of(end.next()); }

 private:
  unsigned bits_;
};

// A range of positions, both ends included, in which records may concern an entity.
struct Stretch {
  std::uint64_t first;
  std::uint64_t last;

  friend bool operator==(const Stretch&, const Stretch&) = default;
};

// A row of the index, encoded and decoded. Pure.
class UseRow {
 public:
  static constexpr unsigned kBucketBits = 10;
  static constexpr std::uint32_t kNumbers = 1U << kBucketBits;

  static std::uint32_t bucket_of(std::uint32_t number) { return number >> kBucketBits; }

  // Adds a number, counted within the bucket. The numbers of a chunk must not descend.
  void add(unsigned chunk, std::uint32_t number);
  std::string encode() const;
  void clear();

  // Returns the chunks, as bits, in which `row` has the number; nothing if `row` is damaged.
  static std::optional<std::uint16_t> chunks_with(std::string_view row, std::uint32_t number);

 private:
  std::array<std::vector<std::uint16_t>, UseSegments::kChunks> numbers_;
};

// Returns the number of indexed segments, from the first segment to the first gap. Fails with
// kCorruptDatabase or kCannotOpen.
Result<std::uint64_t> count_indexed(const RocksStore& store, const UseSegments& segments);

// The uses of one segment, and the rows that follow from them. One thread at a time.
class UsePostings {
 public:
  explicit UsePostings(const UseSegments& segments) : segments_(segments) {}

  void clear();

  // Adds the uses of the block that lie in the segment. `first` is the position of the block's first use.
  void note(const UseBlock& block, Position first, std::uint64_t segment);

  // Calls `put` with key and value of each row of the segment, in ascending order for each kind. Fails with
  // the error of `put`.
  using Put = std::function<Result<void>(const std::string& key, const std::string& value)>;
  Result<void> make_rows(std::uint64_t segment, const Put& put);

  // Counts finished work, and from time to time lets other threads run first.
  void worked(std::size_t postings);

 private:
  // A posting has the number of a key or client in the high bits, and the number of a chunk in the low bits.
  using Postings = std::vector<std::uint64_t>;

  Result<void> make_rows(EntityRef::Kind kind, Postings& postings, std::uint64_t segment, const Put& put);
  void sort_by_number(Postings& postings);

  static constexpr std::size_t kPostingsAtOnce = 8'192;  // some tenths of a millisecond

  UseSegments segments_;
  Postings keys_;
  Postings clients_;
  Postings sorted_;  // the postings after another digit of the sort
  std::size_t worked_ = 0;
  UseRow row_;
};

// Indexes complete segments, and keeps the buffers for the next segment. The store must outlive the builder.
// One thread at a time.
class UseIndexBuilder {
 public:
  UseIndexBuilder(const RocksStore& store, const UseSegments& segments)
      : store_(store), segments_(segments), postings_(segments) {}

  // Indexes a complete segment of a log that ends at `end`, and returns true. If `stop` is requested in time,
  // returns false, and the segment is not indexed. Fails with the errors of reading and with kWriteFailed.
  Result<bool> index(std::uint64_t segment, Position end, const std::stop_token& stop);

 private:
  Result<bool> read(std::uint64_t segment, Position end, const std::stop_token& stop);
  Result<void> write(std::uint64_t segment);

  const RocksStore& store_;
  UseSegments segments_;
  UsePostings postings_;
};

// Returns true if uses belong to the entity's own history. Uses of users and accounts are found by their
// keys.
bool has_uses(const EntityRef& entity);

// Adds the chunks of the first `indexed` segments in which the key or client was used, beginning with the
// segment of `from`. Adds nothing for other entities. Fails with kCorruptDatabase or kCannotOpen.
Result<void> gather_uses(rocksdb::Iterator& rows, const EntityRef& entity, const UseSegments& segments,
                         std::uint64_t indexed, Position from, std::vector<Stretch>& stretches);

}  // namespace keyledger::ledger
