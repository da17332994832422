// A block of an archive file: consecutive records, laid out so that a general compressor finds their common
// parts. Pure; internal to ledger/. Format:
//
//   u32       number of records
//   u32 each  size of each record in bytes
//   u32 each  number of positions of each record
//   columns   a column for each of the first 32 words (of 8 bytes). Records too short for the word are left
//             out of the column. A column has 8 planes: a plane for each byte of the word, lowest byte first,
//             with the byte of each record in turn. In the columns of words 0 to 15, the difference from the
//             preceding word of the column (at first from 0), modulo 2^64, stands for the word
//   rests     the bytes of each record after the words in columns
//
// Numbers are little-endian. A record is a Cap'n Proto segment, whose words are fields and pointers: rising
// indexes, positions and times, and many words that never change. In columns, a daemon's blocks of a few uses
// compress faster, and to two thirds of the size of compressed records in a row.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ledger/values/position.h"

namespace keyledger::ledger {

// A place between two records of the log, given by the record after the place.
struct LogPlace {
  std::uint64_t record = 0;  // index of the record
  Position position{1};      // of the record's first event

  friend bool operator==(const LogPlace&, const LogPlace&) = default;
};

// A record with a word in the present column.
struct RecordWords {
  std::size_t start;  // offset in the bytes of all records
  std::size_t words;  // number of whole words
};

// Makes blocks, and keeps the buffers for the next block.
class ArchiveBlockBuilder {
 public:
  // Adds a record with its number of positions. Neither the record nor its positions may be empty (ENSURE).
  void add(std::span<const std::uint8_t> record, std::uint32_t positions);

  // Removes all records.
  void clear();

  std::size_t records() const { return sizes_.size(); }
  // Returns the size in bytes of a block of the present records.
  std::size_t size() const { return (1 + 2 * sizes_.size()) * sizeof(std::uint32_t) + bytes_.size(); }

  // Returns the block of the present records, valid until the next call. The records stay until clear().
  std::span<const std::uint8_t> finish();

 private:
  std::vector<std::uint32_t> sizes_;
  std::vector<std::uint32_t> positions_;
  std::vector<std::uint8_t> bytes_;
  std::vector<RecordWords> column_;
  std::vector<std::uint8_t> block_;
};

// A block read from a file. One thread at a time.
class ArchiveBlock {
 public:
  // Decodes buffer() as the block from `first` to `end`, exclusive. If the bytes are not a block of exactly
  // these records, makes the block empty and returns false.
  bool open(const LogPlace& first, const LogPlace& end);

  // Makes the block empty.
  void clear();

  // Returns the buffer, which the caller fills before open().
  std::vector<std::uint8_t>& buffer() { return buffer_; }

  std::size_t records() const { return starts_.empty() ? 0 : starts_.size() - 1; }
  bool holds(Position position) const {
    return records() > 0 && positions_.front() <= position && position < positions_.back();
  }
  // Returns the index of the record that holds `position`. The position must be in the block (ENSURE).
  std::size_t record_holding(Position position) const;

  Position position_of(std::size_t record) const { return positions_[record]; }
  // Returns the position after the last record. The block must not be empty.
  Position behind() const { return positions_.back(); }
  std::span<const std::uint8_t> bytes_of(std::size_t record) const {
    return std::span(bytes_).subspan(starts_[record], starts_[record + 1] - starts_[record]);
  }

 private:
  bool read_sizes(const LogPlace& first, const LogPlace& end);
  void read_records();

  std::vector<std::uint8_t> buffer_;
  std::vector<std::uint8_t> bytes_;  // of the records, one after another
  std::vector<std::size_t> starts_;  // of each record in bytes_, and the end of the last record
  std::vector<Position> positions_;  // of each record, and after the last record
  std::vector<RecordWords> column_;
};

}  // namespace keyledger::ledger
