// A block of an archive file: consecutive records, laid out so that a general compressor finds what they have
// in common. Pure; internal to ledger/. Format:
//
//   u32       how many records
//   u32 each  the size of each record in bytes
//   u32 each  how many positions each of them takes
//   the first 32 words (of 8 bytes) of the records, a column for each word; shorter records are left out of
//             the columns of words that they have not. A column is 8 planes, one for each byte of the word,
//             the lowest first, with that byte of each record. The columns of words 0 to 15 have the
//             difference from the word before in the column, modulo 2^64, or from 0
//   what the records have behind those words
//
// Numbers are little-endian. A record is a Cap'n Proto segment, whose words are fields and pointers: indexes,
// positions and times that rise, and much that never changes. Side by side, a daemon's blocks of a few uses
// compress to two thirds of what they do one behind the other, and faster.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ledger/values/position.h"

namespace keyledger::ledger {

// Where a record stands, and where the one behind it does.
struct LogPlace {
  std::uint64_t record = 0;  // index
  Position position{1};      // of its first event

  friend bool operator==(const LogPlace&, const LogPlace&) = default;
};

// A record that is in the column of a word.
struct RecordWords {
  std::size_t start;  // among the bytes of all records
  std::size_t words;
};

// Makes one block after another, in buffers that it keeps.
class ArchiveBlockBuilder {
 public:
  void add(std::span<const std::uint8_t> record, std::uint32_t positions);
  void clear();

  std::size_t records() const { return sizes_.size(); }
  // Of the block as it is now.
  std::size_t size() const { return (1 + 2 * sizes_.size()) * sizeof(std::uint32_t) + bytes_.size(); }

  // The block, valid until the next call.
  std::span<const std::uint8_t> finish();

 private:
  std::vector<std::uint32_t> sizes_;
  std::vector<std::uint32_t> positions_;
  std::vector<std::uint8_t> bytes_;
  std::vector<RecordWords> column_;
  std::vector<std::uint8_t> block_;
};

// A block that was read. One thread at a time.
class ArchiveBlock {
 public:
  // Takes what buffer() holds as a block that begins at `first` and must end before `end`; false, and then it
  // is empty, if that is not one.
  bool open(const LogPlace& first, const LogPlace& end);

  // Empty afterwards.
  void clear();

  // To be filled before open().
  std::vector<std::uint8_t>& buffer() { return buffer_; }

  std::size_t records() const { return starts_.empty() ? 0 : starts_.size() - 1; }
  bool holds(Position position) const {
    return records() > 0 && positions_.front() <= position && position < positions_.back();
  }
  // The record that holds the position, which is in the block (ENSURE).
  std::size_t record_holding(Position position) const;

  Position position_of(std::size_t record) const { return positions_[record]; }
  // Behind the last record; of a block that is not empty.
  Position behind() const { return positions_.back(); }
  std::span<const std::uint8_t> bytes_of(std::size_t record) const {
    return std::span(bytes_).subspan(starts_[record], starts_[record + 1] - starts_[record]);
  }

 private:
  bool read_sizes(const LogPlace& first, const LogPlace& end);
  void read_records();

  std::vector<std::uint8_t> buffer_;
  std::vector<std::uint8_t> bytes_;  // of the records, one behind the other
  std::vector<std::size_t> starts_;  // of each record there, and the end of the last
  std::vector<Position> positions_;  // of each record, and behind the last
  std::vector<RecordWords> column_;
};

}  // namespace keyledger::ledger
