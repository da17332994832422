#include "ledger/rocks/use_index.h"

#include <fmt/format.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <bit>
#include <span>

#include "ledger/host/thread_priority.h"
#include "ledger/rocks/cursor.h"
#include "ledger/rocks/row_keys.h"
#include "ledger/values/varint.h"

namespace keyledger::ledger {
namespace {

constexpr std::size_t kBitmapBytes = UseRow::kNumbers / 8;

// Batches are small, so that an append does not wait long for a batch.
constexpr std::size_t kBatchBytes = std::size_t{32} << 10;

// Returns the content of a segment's marker. A new layout of rows must get a new first byte, so that segments
// with the old layout count as not indexed and are indexed again.
std::string marker_value(const UseSegments& segments) {
  constexpr char kLayout = 1;
  return {kLayout, static_cast<char>(segments.bits())};
}

void put(std::string& to, std::uint64_t value) {
  std::array<std::uint8_t, kVarintBytesMax> bytes{};
  const std::uint8_t* const end = put_varint(bytes.data(), value);
  for (const std::uint8_t* next = bytes.data(); next != end; ++next) to.push_back(static_cast<char>(*next));
}

std::string encode_list(std::span<const std::uint16_t> numbers) {
  std::string bytes;
  put(bytes, numbers.size());
  std::uint32_t next = 0;  // the smallest number that may follow
  for (const std::uint16_t number : numbers) {
    put(bytes, number - next);
    next = number + 1U;
  }
  return bytes;
}

std::string encode_bitmap(std::span<const std::uint16_t> numbers) {
  std::string bytes(1 + kBitmapBytes, '\0');
  for (const std::uint16_t number : numbers) {
    char& byte = bytes[1 + number / 8U];
    byte = static_cast<char>(byte | 1 << number % 8U);
  }
  return bytes;
}

// Reads the entries of a row, chunk after chunk.
class RowReader {
 public:
  explicit RowReader(std::string_view bytes) : bytes_(bytes) {}

  std::uint8_t byte() {
    if (at_ >= bytes_.size()) return fail();
    return static_cast<std::uint8_t>(bytes_[at_++]);
  }

  std::uint32_t varint() {
    const std::uint32_t low = byte();
    return low < 0x80 ? low : (low & 0x7fU) | std::uint32_t{byte()} << 7;
  }

  // Reads the next entry. Returns true if the entry has the number.
  bool has(std::uint32_t number) {
    std::uint32_t count = varint();
    if (count == 0) {
      if (bytes_.size() - at_ < kBitmapBytes) return fail() != 0;
      const auto bits = static_cast<std::uint8_t>(bytes_[at_ + number / 8]);
      at_ += kBitmapBytes;
      return (bits >> number % 8 & 1) != 0;
    }
    bool found = false;
    for (std::uint32_t next = 0; count > 0 && !failed_; --count) {
      next += varint();
      found = found || next == number;
      if (next++ >= UseRow::kNumbers) fail();
    }
    return found;
  }

  bool finished() const { return !failed_ && at_ == bytes_.size(); }

 private:
  std::uint8_t fail() {
    failed_ = true;
    at_ = bytes_.size();
    return 0;
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace

void UseRow::add(unsigned chunk, std::uint32_t number) {
  auto& numbers = numbers_[chunk];
  if (numbers.empty() || numbers.back() != number) numbers.push_back(static_cast<std::uint16_t>(number));
}

void UseRow::clear() {
  for (auto& numbers : numbers_) numbers.clear();
}

std::string UseRow::encode() const {
  unsigned chunks = 0;
  for (unsigned chunk = 0; chunk < numbers_.size(); ++chunk)
    chunks |= numbers_[chunk].empty() ? 0U : 1U << chunk;
  std::string row = {static_cast<char>(chunks & 0xff), static_cast<char>(chunks >> 8)};
  for (const auto& numbers : numbers_) {
    if (numbers.empty()) continue;
    const std::string list = encode_list(numbers);
    row += list.size() <= kBitmapBytes ? list : encode_bitmap(numbers);
  }
  return row;
}

std::optional<std::uint16_t> UseRow::chunks_with(std::string_view row, std::uint32_t number) {
  RowReader reader(row);
  const unsigned low = reader.byte();
  const unsigned chunks = low | unsigned{reader.byte()} << 8;
  unsigned found = 0;
  for (unsigned chunk = 0; chunk < UseSegments::kChunks; ++chunk) {
    if ((chunks >> chunk & 1) != 0 && reader.has(number)) found |= 1U << chunk;
  }
  if (!reader.finished()) return std::nullopt;
  return static_cast<std::uint16_t>(found);
}

Result<std::uint64_t> count_indexed(const RocksStore& store, const UseSegments& segments) {
  std::uint64_t count = 0;
  const auto markers = store.iterate(store.entities());
  for (markers->Seek(segment_marker_key(count)); markers->Valid(); markers->Next()) {
    if (markers->key() != segment_marker_key(count) || markers->value() != marker_value(segments)) break;
    ++count;
  }
  if (!markers->status().ok()) return read_error(markers->status());
  return count;
}

Result<bool> UseIndexBuilder::index(std::uint64_t segment, Position end, const std::stop_token& stop) {
  const auto all = read(segment, end, stop);
  if (!all || !*all) return all;
  if (auto written = write(segment); !written) return written.error();
  rocksdb::WriteBatch marker;
  const auto status = marker.Put(store_.entities(), segment_marker_key(segment), marker_value(segments_));
  ENSURE(status.ok(), "a batch without a size limit takes everything");
  if (auto written = store_.write_derived(marker); !written) return written.error();
  return true;
}

Result<bool> UseIndexBuilder::read(std::uint64_t segment, Position end, const std::stop_token& stop) {
  postings_.clear();
  const Position last = segments_.last_of(segment);
  ENSURE(last <= end, "a segment is indexed when it is complete");
  const auto cursor = make_rocks_cursor(store_, segments_.first_of(segment), end);
  for (Position read_to; read_to < last;) {
    if (stop.stop_requested()) return false;
    const auto record = cursor->next();
    if (!record) return record.error();
    ENSURE(record->has_value(), "the log reaches to its end");
    Position position = (*record)->position;
    for (const Event& event : (*record)->events) {
      if (const UseBlock* block = uses_of(event)) postings_.note(*block, position, segment);
      position = Position{position.value() + positions_of(event)};
      postings_.worked(positions_of(event));
    }
    read_to = last_position_of(**record);
  }
  return true;
}

void UsePostings::clear() {
  keys_.clear();
  clients_.clear();
}

void UsePostings::note(const UseBlock& block, Position first, std::uint64_t segment) {
  // A block may begin before the segment, and may end after the segment.
  for (const Use& use : block.uses) {
    const Position position = first;
    first = first.next();
    if (segments_.segment_of(position) != segment) continue;
    const std::uint64_t chunk = segments_.chunk_of(position);
    const auto posting = [chunk](std::uint64_t number) { return number << UseSegments::kChunkBits | chunk; };
    if (use.key != kNoKey) keys_.push_back(posting(use.key.value()));
    // Consecutive uses often come from a single client.
    if (use.client == kNoClient) continue;
    if (clients_.empty() || clients_.back() != posting(use.client.value()))
      clients_.push_back(posting(use.client.value()));
  }
}

void UsePostings::worked(std::size_t postings) {
  worked_ += postings;
  if (worked_ < kPostingsAtOnce) return;
  worked_ = 0;
  give_way();
}

// A radix sort from the least significant digit to the last digit of the greatest number. Postings with equal
// numbers keep their order, the order of the chunks.
void UsePostings::sort_by_number(Postings& postings) {
  constexpr unsigned kDigitBits = 11;
  const auto each = [&](auto take) {
    for (std::span<const std::uint64_t> left(postings); !left.empty();) {
      const auto some = left.first(std::min(kPostingsAtOnce, left.size()));
      std::ranges::for_each(some, take);
      worked(some.size());
      left = left.subspan(some.size());
    }
  };
  std::uint64_t all = 0;
  each([&](std::uint64_t posting) { all |= posting; });
  sorted_.resize(postings.size());
  for (unsigned shift = UseSegments::kChunkBits; all >> shift != 0; shift += kDigitBits) {
    std::array<std::uint32_t, (1U << kDigitBits) + 1> place{};
    const auto digit_of = [&](std::uint64_t posting) {
      return static_cast<std::size_t>(posting >> shift & ((1U << kDigitBits) - 1));
    };
    each([&](std::uint64_t posting) { ++place[digit_of(posting) + 1]; });
    for (std::size_t digit = 1; digit < place.size(); ++digit) place[digit] += place[digit - 1];
    each([&](std::uint64_t posting) { sorted_[place[digit_of(posting)]++] = posting; });
    postings.swap(sorted_);
  }
}

Result<void> UsePostings::make_rows(EntityRef::Kind kind, Postings& postings, std::uint64_t segment,
                                    const Put& put) {
  sort_by_number(postings);
  const auto number_of = [](std::uint64_t posting) {
    return static_cast<std::uint32_t>(posting >> UseSegments::kChunkBits);
  };
  for (std::size_t i = 0; i < postings.size();) {
    const std::uint32_t bucket = UseRow::bucket_of(number_of(postings[i]));
    row_.clear();
    const std::size_t first = i;
    for (; i < postings.size() && UseRow::bucket_of(number_of(postings[i])) == bucket; ++i)
      row_.add(postings[i] % UseSegments::kChunks, number_of(postings[i]) % UseRow::kNumbers);
    worked(i - first);
    if (auto done = put(use_row_key(kind, bucket, segment), row_.encode()); !done) return done;
  }
  return {};
}

Result<void> UsePostings::make_rows(std::uint64_t segment, const Put& put) {
  if (auto made = make_rows(EntityRef::Kind::kKey, keys_, segment, put); !made) return made;
  return make_rows(EntityRef::Kind::kClient, clients_, segment, put);
}

Result<void> UseIndexBuilder::write(std::uint64_t segment) {
  rocksdb::WriteBatch batch;
  const auto write_batch = [&]() -> Result<void> {
    if (auto written = store_.write_derived(batch); !written) return written;
    batch.Clear();
    return {};
  };
  const auto put = [&](const std::string& key, const std::string& value) -> Result<void> {
    const auto status = batch.Put(store_.entities(), key, value);
    ENSURE(status.ok(), "a batch without a size limit takes everything");
    return batch.GetDataSize() < kBatchBytes ? Result<void>() : write_batch();
  };
  if (auto made = postings_.make_rows(segment, put); !made) return made;
  return write_batch();
}

bool has_uses(const EntityRef& entity) {
  return entity.kind == EntityRef::Kind::kKey || entity.kind == EntityRef::Kind::kClient;
}

Result<void> gather_uses(rocksdb::Iterator& rows, const EntityRef& entity, const UseSegments& segments,
                         std::uint64_t indexed, Position from, std::vector<Stretch>& stretches) {
  if (!has_uses(entity)) return {};
  const auto number = static_cast<std::uint32_t>(entity.number);
  const std::uint32_t bucket = UseRow::bucket_of(number);
  const std::string prefix = use_row_prefix(entity.kind, bucket);
  for (rows.Seek(use_row_key(entity.kind, bucket, segments.segment_of(from)));
       rows.Valid() && rows.key().starts_with(prefix); rows.Next()) {
    const auto segment = place_from(rows.key().ToStringView(), prefix);
    const auto chunks = UseRow::chunks_with(rows.value().ToStringView(), number % UseRow::kNumbers);
    if (!segment || !chunks)
      return Error{ErrorCode::kCorruptDatabase, "a row of the index of uses is damaged"};
    if (*segment >= indexed) break;
    const unsigned chunk_bits = segments.bits() - UseSegments::kChunkBits;
    for (unsigned left = *chunks; left != 0; left &= left - 1) {
      const std::uint64_t chunk =
          *segment << UseSegments::kChunkBits | static_cast<unsigned>(std::countr_zero(left));
      stretches.push_back({chunk << chunk_bits, ((chunk + 1) << chunk_bits) - 1});
    }
  }
  if (!rows.status().ok()) return read_error(rows.status());
  return {};
}

}  // namespace keyledger::ledger
