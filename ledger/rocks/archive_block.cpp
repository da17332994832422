#include "ledger/rocks/archive_block.h"

#include <algorithm>
#include <cstring>

#include "ledger/values/ensure.h"

namespace keyledger::ledger {
namespace {

constexpr std::size_t kNumber = sizeof(std::uint32_t);
constexpr std::size_t kWord = sizeof(std::uint64_t);
constexpr std::size_t kColumns = 32;
constexpr std::size_t kDifferences = 16;

std::uint32_t number_at(std::span<const std::uint8_t> bytes, std::size_t index) {
  std::uint32_t number = 0;
  std::memcpy(&number, bytes.subspan(index * kNumber, kNumber).data(), kNumber);
  return number;
}

void put_numbers(std::vector<std::uint8_t>& to, std::span<const std::uint32_t> numbers) {
  const auto bytes = std::as_bytes(numbers);
  const auto* const begin = reinterpret_cast<const std::uint8_t*>(bytes.data());
  to.insert(to.end(), begin, begin + bytes.size());
}

// Returns the number of bytes that a record of `size` bytes has in columns.
std::size_t columns_of(std::size_t size) { return std::min(kColumns, size / kWord) * kWord; }

// Removes the records without the word.
void narrow(std::vector<RecordWords>& column, std::size_t word) {
  std::erase_if(column, [word](const RecordWords& record) { return record.words <= word; });
}

void write_column(const std::uint8_t* bytes, std::span<const RecordWords> column, std::size_t word,
                  std::uint8_t* to) {
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < column.size(); ++i) {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes + column[i].start + word * kWord, kWord);
    const std::uint64_t written = word < kDifferences ? value - before : value;
    before = value;
    for (std::size_t plane = 0; plane < kWord; ++plane)
      to[plane * column.size() + i] = static_cast<std::uint8_t>(written >> (8 * plane));
  }
}

void read_column(const std::uint8_t* from, std::span<const RecordWords> column, std::size_t word,
                 std::uint8_t* bytes) {
  const std::size_t count = column.size();
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t value = 0;
    for (std::size_t plane = 0; plane < kWord; ++plane)
      value |= std::uint64_t{from[plane * count + i]} << (8 * plane);
    if (word < kDifferences) value += before;
    before = value;
    std::memcpy(bytes + column[i].start + word * kWord, &value, kWord);
  }
}

}  // namespace

void ArchiveBlockBuilder::add(std::span<const std::uint8_t> record, std::uint32_t positions) {
  ENSURE(!record.empty() && positions > 0, "a record is of events");
  sizes_.push_back(static_cast<std::uint32_t>(record.size()));
  positions_.push_back(positions);
  bytes_.insert(bytes_.end(), record.begin(), record.end());
}

void ArchiveBlockBuilder::clear() {
  sizes_.clear();
  positions_.clear();
  bytes_.clear();
}

std::span<const std::uint8_t> ArchiveBlockBuilder::finish() {
  block_.clear();
  const auto count = static_cast<std::uint32_t>(sizes_.size());
  put_numbers(block_, std::span(&count, 1));
  put_numbers(block_, sizes_);
  put_numbers(block_, positions_);
  column_.clear();
  for (std::size_t start = 0; const std::uint32_t size : sizes_) {
    column_.push_back({.start = start, .words = size / kWord});
    start += size;
  }
  for (std::size_t word = 0; word < kColumns; ++word) {
    narrow(column_, word);
    const std::size_t at = block_.size();
    block_.resize(at + column_.size() * kWord);
    write_column(bytes_.data(), column_, word, block_.data() + at);
  }
  for (std::size_t start = 0; const std::uint32_t size : sizes_) {
    const auto rest = std::span(bytes_).subspan(start, size).subspan(columns_of(size));
    block_.insert(block_.end(), rest.begin(), rest.end());
    start += size;
  }
  return block_;
}

void ArchiveBlock::clear() {
  starts_.clear();
  positions_.clear();
}

bool ArchiveBlock::open(const LogPlace& first, const LogPlace& end) {
  clear();
  if (read_sizes(first, end)) {
    read_records();
    return true;
  }
  clear();
  return false;
}

bool ArchiveBlock::read_sizes(const LogPlace& first, const LogPlace& end) {
  if (buffer_.size() < kNumber) return false;
  const std::size_t count = number_at(buffer_, 0);
  if (count == 0 || count != end.record - first.record) return false;
  if ((buffer_.size() - kNumber) / (2 * kNumber) < count) return false;
  const std::size_t room = buffer_.size() - (1 + 2 * count) * kNumber;
  std::size_t start = 0;
  std::uint64_t position = first.position.value();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t size = number_at(buffer_, 1 + i);
    const std::uint32_t positions = number_at(buffer_, 1 + count + i);
    if (size > room - start || size == 0 || positions == 0) return false;
    starts_.push_back(start);
    positions_.emplace_back(position);
    start += size;
    position += positions;
  }
  starts_.push_back(start);
  positions_.emplace_back(position);
  return start == room && position == end.position.value();
}

// Copies within bounds, because read_sizes() has checked that the sizes add up to the whole buffer.
void ArchiveBlock::read_records() {
  bytes_.resize(starts_.back());
  const std::uint8_t* from = buffer_.data() + buffer_.size() - bytes_.size();
  column_.clear();
  for (std::size_t i = 0; i + 1 < starts_.size(); ++i)
    column_.push_back({.start = starts_[i], .words = (starts_[i + 1] - starts_[i]) / kWord});
  for (std::size_t word = 0; word < kColumns; ++word) {
    narrow(column_, word);
    read_column(from, column_, word, bytes_.data());
    from += column_.size() * kWord;
  }
  for (std::size_t i = 0; i + 1 < starts_.size(); ++i) {
    const std::size_t begin = starts_[i] + columns_of(starts_[i + 1] - starts_[i]);
    std::copy_n(from, starts_[i + 1] - begin, bytes_.begin() + static_cast<std::ptrdiff_t>(begin));
    from += starts_[i + 1] - begin;
  }
}

std::size_t ArchiveBlock::record_holding(Position position) const {
  ENSURE(holds(position), "a position of this block");
  const auto behind = std::upper_bound(positions_.begin(), positions_.end(), position);
  return static_cast<std::size_t>(behind - positions_.begin()) - 1;
}

}  // namespace keyledger::ledger
