#include "ledger/codec/use_block_codec.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <span>

#include "ledger/codec/failure.h"
#include "ledger/codec/field_codec.h"
#include "ledger/codec/record_limits.h"
#include "ledger/values/varint.h"

namespace keyledger::ledger {
namespace {

// Distinct numbers in the order of their first appearance. Uses open addressing, because a block is encoded
// for every few hundred answers, and a node for each client would cost more than the rest of the encoding.
class NumberDictionary {
 public:
  NumberDictionary(std::size_t numbers_max, ColumnScratch& scratch)
      : slots_(scratch.slots), numbers_(scratch.numbers), mask_(std::bit_ceil(2 * numbers_max + 2) - 1) {
    slots_.assign(mask_ + 1, 0);
    numbers_.clear();
  }

  std::uint32_t index_of(std::uint32_t number) {
    if (!numbers_.empty() && numbers_[last_] == number) return last_;
    std::size_t slot = (number * 0x9E3779B97F4A7C15ULL >> 32) & mask_;
    for (; slots_[slot] != 0; slot = (slot + 1) & mask_) {
      if (numbers_[slots_[slot] - 1] == number) return last_ = slots_[slot] - 1;
    }
    numbers_.push_back(number);
    slots_[slot] = static_cast<std::uint32_t>(numbers_.size());
    return last_ = slots_[slot] - 1;
  }

  const std::vector<std::uint32_t>& numbers() const { return numbers_; }

 private:
  std::vector<std::uint32_t>& slots_;  // 0: free; otherwise 1 + index into numbers_
  std::vector<std::uint32_t>& numbers_;
  std::size_t mask_;
  std::uint32_t last_ = 0;  // the index found last
};

std::span<const std::uint8_t> span_of(::capnp::Data::Reader data) { return {data.begin(), data.size()}; }

// A column of varints, one for each use. Every column is written into the same bytes.
class Column {
 public:
  Column(std::size_t uses, ColumnScratch& scratch) : begin_(scratch.bytes.data()), end_(begin_) {
    ENSURE(scratch.bytes.size() >= uses * kVarintBytesMax, "there is room for the longest column");
  }

  void put(std::uint64_t value) { end_ = put_varint(end_, value); }
  ::capnp::Data::Reader data() const { return {begin_, static_cast<std::size_t>(end_ - begin_)}; }

 private:
  std::uint8_t* begin_;
  std::uint8_t* end_;
};

void write_times_and_keys(const UseBlock& block, ColumnScratch& scratch, schema::UseBlock::Builder out) {
  Column times(block.uses.size(), scratch);
  auto before = static_cast<std::uint64_t>(block.uses.front().time.microseconds);
  for (const Use& use : block.uses) {
    const auto time = static_cast<std::uint64_t>(use.time.microseconds);
    times.put(zigzag(static_cast<std::int64_t>(time - before)));
    before = time;
  }
  out.setTimes(times.data());
  Column keys(block.uses.size(), scratch);
  for (const Use& use : block.uses) keys.put(use.key.value());
  out.setKeys(keys.data());
}

void write_clients(const UseBlock& block, ColumnScratch& scratch, schema::UseBlock::Builder out) {
  const ClientNumber first = block.uses.front().client;
  const bool is_uniform =
      std::all_of(block.uses.begin(), block.uses.end(), [&](const Use& use) { return use.client == first; });
  if (is_uniform) {
    if (first != kNoClient) out.initClients(1).set(0, first.value());
    return;
  }
  NumberDictionary dictionary(block.uses.size(), scratch);
  Column indexes(block.uses.size(), scratch);
  for (const Use& use : block.uses) indexes.put(dictionary.index_of(use.client.value()));
  const auto& numbers = dictionary.numbers();
  auto list = out.initClients(static_cast<unsigned>(numbers.size()));
  for (unsigned i = 0; i < list.size(); ++i) list.set(i, numbers[i]);
  out.setClientIndexes(indexes.data());
}

// Returns whether the dictionary alone gives the address of every use.
bool addresses_are_uniform(const UseBlock& block) {
  if (block.addresses.size() > 1) return false;
  for (const Use& use : block.uses) {
    if (use.address != block.addresses.size()) return false;
  }
  return true;
}

void write_addresses(const UseBlock& block, ColumnScratch& scratch, schema::UseBlock::Builder out) {
  if (!block.addresses.empty()) {
    auto list = out.initAddresses(static_cast<unsigned>(block.addresses.size()));
    for (unsigned i = 0; i < list.size(); ++i) {
      const auto bytes = compact_view(block.addresses[i]);
      list.set(i, {bytes.data(), bytes.size()});
    }
  }
  if (addresses_are_uniform(block)) return;
  Column indexes(block.uses.size(), scratch);
  for (const Use& use : block.uses) indexes.put(use.address);
  out.setAddressIndexes(indexes.data());
}

void ensure_sound(const UseBlock& block, BlockKind kind) {
  ENSURE(!block.uses.empty() && block.uses.size() <= kUsesPerBlockMax,
         "a block holds 1 to kUsesPerBlockMax uses");
  ENSURE(block.addresses.size() <= block.uses.size(), "a block has no more addresses than uses");
  for (const Use& use : block.uses) {
    ENSURE(use.address <= block.addresses.size(), "a use names an address of its block");
    ENSURE((use.reason == VerdictReason::kAllowed) == (kind == BlockKind::kUsed),
           "KeysUsed holds allowed uses, UsesDenied holds the others");
    ENSURE(kind == BlockKind::kUsed || use.key != kNoKey, "a denied use is one of a known key");
  }
}

// Reads a column like a VarintReader, if every value takes one byte. Most columns of clients and addresses
// do, and under load most columns of times.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::uint8_t> column) : next_(column.data()) {}

  std::uint64_t take() {
    all_ |= *next_;
    return *next_++;
  }
  bool finished() const { return all_ < 0x80; }

 private:
  const std::uint8_t* next_;
  unsigned all_ = 0;
};

// Calls `read` with a reader of a column of `count` values. Returns false if the column does not hold exactly
// `count` sound values.
template <typename Read>
bool with_reader(std::span<const std::uint8_t> column, std::size_t count, const Read& read) {
  const auto is_sound = [&](auto reader) {
    read(reader);
    return reader.finished();
  };
  return column.size() == count ? is_sound(ByteReader(column)) : is_sound(VarintReader(column));
}

// Sets each use to its value of a column.
template <typename Set>
bool read_column(std::span<const std::uint8_t> column, std::span<Use> uses, const Set& set) {
  return with_reader(column, uses.size(), [&](auto& reader) {
    for (Use& use : uses) set(use, reader.take());
  });
}

// Reads both columns in one loop: the end of a value is known only after the read, and a processor can wait
// for two values at once.
void read_times_and_keys(schema::UseBlock::Reader in, BlockKind kind, std::span<Use> uses) {
  // Unsigned, because stored times may have any value: wrapping is harmless, but signed overflow is
  // undefined.
  auto time = static_cast<std::uint64_t>(in.getFirstTime());
  VarintReader keys(span_of(in.getKeys()));
  std::uint64_t all = 0;
  bool all_known = true;
  const bool sound = with_reader(span_of(in.getTimes()), uses.size(), [&](auto& times) {
    for (Use& use : uses) {
      time += static_cast<std::uint64_t>(unzigzag(times.take()));
      use.time.microseconds = static_cast<std::int64_t>(time);
      const std::uint64_t key = keys.take();
      all |= key;
      all_known = all_known && key != kNoKey.value();
      use.key = KeyNumber{static_cast<std::uint32_t>(key)};
    }
  });
  require(sound, "the column of times of a block");
  require(uses.front().time.microseconds == in.getFirstTime(), "the first time of a block");
  require(keys.finished() && all <= std::numeric_limits<std::uint32_t>::max(),
          "the column of keys of a block");
  require(kind == BlockKind::kUsed || all_known, "a denied use without a key");
}

void read_clients(schema::UseBlock::Reader in, std::span<Use> uses) {
  const auto list = in.getClients();
  const auto indexes = in.getClientIndexes();
  require(list.size() <= uses.size(), "a block with more clients than uses");
  require((indexes.size() == 0) == (list.size() <= 1), "the column of clients of a block");
  if (indexes.size() == 0) {
    if (list.size() == 0) return;  // uses begin with kNoClient
    require(list[0] != kNoClient.value(), "a dictionary of no client in a block");
    for (Use& use : uses) use.client = ClientNumber{list[0]};
    return;
  }
  // Most blocks have few clients, and so need no allocation.
  std::array<std::uint32_t, 64> few{};
  std::vector<std::uint32_t> many(list.size() > few.size() ? list.size() : 0);
  const std::span<std::uint32_t> numbers(many.empty() ? few.data() : many.data(), list.size());
  for (unsigned i = 0; i < list.size(); ++i) numbers[i] = list[i];
  bool all_known = true;
  const bool sound = read_column(span_of(indexes), uses, [&](Use& use, std::uint64_t index) {
    const bool known = index < numbers.size();
    use.client = ClientNumber{numbers[known ? index : 0]};
    all_known = all_known && known;
  });
  require(sound && all_known, "the column of clients of a block");
}

void read_addresses(schema::UseBlock::Reader in, UseBlock& block) {
  const auto list = in.getAddresses();
  const auto indexes = in.getAddressIndexes();
  require(list.size() <= block.uses.size(), "a block with more addresses than uses");
  block.addresses.reserve(list.size());
  for (const auto bytes : list) {
    const auto address = from_compact_bytes(span_of(bytes));
    require(address.has_value() && compact_view(*address).size() == bytes.size(), "an address in a block");
    block.addresses.push_back(*address);
  }
  if (indexes.size() == 0) {
    require(list.size() <= 1, "the column of addresses of a block");
    if (list.size() == 0) return;  // uses begin with 0
    for (Use& use : block.uses) use.address = 1;
    return;
  }
  std::uint64_t greatest = 0;
  const bool sound = read_column(span_of(indexes), block.uses, [&](Use& use, std::uint64_t index) {
    greatest = std::max(greatest, index);
    use.address = static_cast<std::uint32_t>(index);
  });
  require(sound && greatest <= list.size(), "the column of addresses of a block");
  require(!addresses_are_uniform(block), "a needless column of addresses in a block");
}

void read_reasons(schema::UseBlock::Reader in, BlockKind kind, std::span<Use> uses) {
  const auto reasons = in.getReasons();
  if (kind == BlockKind::kUsed) {
    require(reasons.size() == 0, "reasons in a block of allowed uses");
    return;  // uses begin with kAllowed
  }
  require(reasons.size() == uses.size(), "the column of reasons of a block");
  for (std::size_t i = 0; i < uses.size(); ++i) {
    const auto reason = verdict_reason_from(reasons[i]);
    require(reason.has_value() && *reason != VerdictReason::kAllowed, "a reason in a block of denied uses");
    uses[i].reason = *reason;
  }
}

}  // namespace

std::size_t estimated_words(const UseBlock& block) {
  constexpr std::size_t kFixedWords = 32;
  constexpr std::size_t kWordsPerAddress = 3;
  // Counts a word for each use: three bytes of time, three of key, one each of client and address.
  return kFixedWords + block.addresses.size() * kWordsPerAddress + block.uses.size();
}

void write_block(const UseBlock& block, BlockKind kind, ColumnScratch& scratch,
                 schema::UseBlock::Builder out) {
  ensure_sound(block, kind);
  const std::size_t room = block.uses.size() * kVarintBytesMax;
  if (scratch.bytes.size() < room) scratch.bytes.resize(room);
  out.setAsOf(block.as_of.value());
  out.setCount(static_cast<std::uint32_t>(block.uses.size()));
  out.setFirstTime(block.uses.front().time.microseconds);
  write_times_and_keys(block, scratch, out);
  write_clients(block, scratch, out);
  write_addresses(block, scratch, out);
  if (kind == BlockKind::kUsed) return;
  auto reasons = out.initReasons(static_cast<unsigned>(block.uses.size()));
  for (std::size_t i = 0; i < block.uses.size(); ++i)
    reasons[i] = static_cast<std::uint8_t>(block.uses[i].reason);
}

UseBlock read_block(schema::UseBlock::Reader in, BlockKind kind) {
  const std::size_t count = in.getCount();
  require(count > 0 && count <= kUsesPerBlockMax, "the number of uses in a block");
  // Every use takes at least a byte of the column of times, so a small record cannot claim a big block.
  require(count <= in.getTimes().size(), "the column of times of a block");
  UseBlock block{.as_of = Position{in.getAsOf()}, .addresses = {}, .uses = std::vector<Use>(count)};
  read_times_and_keys(in, kind, block.uses);
  read_clients(in, block.uses);
  read_addresses(in, block);
  read_reasons(in, kind, block.uses);
  return block;
}

}  // namespace keyledger::ledger
