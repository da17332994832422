#include "ledger/use_block_codec.h"

#include <algorithm>
#include <bit>
#include <span>

#include "ledger/codec.h"
#include "ledger/codec_failure.h"
#include "ledger/varint.h"

namespace keyledger::ledger {
namespace {

using Bytes = std::vector<std::uint8_t>;

// Distinct numbers in the order of their first appearance. Open addressing: a block is encoded for every few
// hundred answers, and a node for each client would cost more than the rest of the encoding.
class NumberDictionary {
 public:
  explicit NumberDictionary(std::size_t numbers_max)
      : slots_(std::bit_ceil(2 * numbers_max + 2), 0), mask_(slots_.size() - 1) {}

  std::uint32_t index_of(std::uint32_t number) {
    std::size_t slot = (number * 0x9E3779B97F4A7C15ULL >> 32) & mask_;
    for (; slots_[slot] != 0; slot = (slot + 1) & mask_) {
      if (numbers_[slots_[slot] - 1] == number) return slots_[slot] - 1;
    }
    numbers_.push_back(number);
    slots_[slot] = static_cast<std::uint32_t>(numbers_.size());
    return slots_[slot] - 1;
  }

  const std::vector<std::uint32_t>& numbers() const { return numbers_; }

 private:
  std::vector<std::uint32_t> slots_;  // 0: free, else 1 + index into numbers_
  std::size_t mask_;
  std::vector<std::uint32_t> numbers_;
};

::capnp::Data::Reader column_of(const Bytes& bytes) { return {bytes.data(), bytes.size()}; }

std::span<const std::uint8_t> span_of(::capnp::Data::Reader data) { return {data.begin(), data.size()}; }

void write_clients(const UseBlock& block, schema::UseBlock::Builder out) {
  NumberDictionary dictionary(block.uses.size());
  Bytes indexes;
  indexes.reserve(2 * block.uses.size());
  for (const Use& use : block.uses) append_varint(indexes, dictionary.index_of(use.client.value()));
  const auto& numbers = dictionary.numbers();
  if (numbers.size() == 1 && numbers.front() == kNoClient.value()) return;
  auto list = out.initClients(static_cast<unsigned>(numbers.size()));
  for (unsigned i = 0; i < list.size(); ++i) list.set(i, numbers[i]);
  if (numbers.size() > 1) out.setClientIndexes(column_of(indexes));
}

// True if the dictionary alone tells the address of every use.
bool addresses_are_uniform(const UseBlock& block) {
  if (block.addresses.size() > 1) return false;
  for (const Use& use : block.uses) {
    if (use.address != block.addresses.size()) return false;
  }
  return true;
}

void write_addresses(const UseBlock& block, schema::UseBlock::Builder out) {
  if (!block.addresses.empty()) {
    auto list = out.initAddresses(static_cast<unsigned>(block.addresses.size()));
    for (unsigned i = 0; i < list.size(); ++i) {
      const std::string bytes = compact_bytes(block.addresses[i]);
      list.set(i, {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    }
  }
  if (addresses_are_uniform(block)) return;
  Bytes indexes;
  indexes.reserve(2 * block.uses.size());
  for (const Use& use : block.uses) append_varint(indexes, use.address);
  out.setAddressIndexes(column_of(indexes));
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

void read_times(schema::UseBlock::Reader in, std::span<Use> uses) {
  VarintReader times(span_of(in.getTimes()));
  // Unsigned, because stored times may be anything: wrapping is harmless, overflow is undefined.
  auto time = static_cast<std::uint64_t>(in.getFirstTime());
  for (Use& use : uses) {
    time += static_cast<std::uint64_t>(unzigzag(times.take()));
    use.time.microseconds = static_cast<std::int64_t>(time);
  }
  require(times.finished(), "the column of times of a block");
  require(uses.front().time.microseconds == in.getFirstTime(), "the first time of a block");
}

void read_keys(schema::UseBlock::Reader in, BlockKind kind, std::span<Use> uses) {
  VarintReader keys(span_of(in.getKeys()));
  bool all_known = true;
  for (Use& use : uses) {
    use.key = KeyNumber{keys.take_32()};
    all_known = all_known && use.key != kNoKey;
  }
  require(keys.finished(), "the column of keys of a block");
  require(kind == BlockKind::kUsed || all_known, "a denied use without a key");
}

void read_clients(schema::UseBlock::Reader in, std::span<Use> uses) {
  const auto list = in.getClients();
  const auto indexes = in.getClientIndexes();
  require(list.size() <= uses.size(), "a block with more clients than uses");
  require((indexes.size() == 0) == (list.size() <= 1), "the column of clients of a block");
  if (indexes.size() == 0) {
    if (list.size() == 0) return;  // kNoClient, as the uses were made
    require(list[0] != kNoClient.value(), "a dictionary of no client in a block");
    for (Use& use : uses) use.client = ClientNumber{list[0]};
    return;
  }
  std::vector<std::uint32_t> numbers(list.size());
  for (unsigned i = 0; i < list.size(); ++i) numbers[i] = list[i];
  VarintReader column(span_of(indexes));
  bool all_known = true;
  for (Use& use : uses) {
    const std::uint64_t index = column.take();
    const bool known = index < numbers.size();
    use.client = ClientNumber{numbers[known ? index : 0]};
    all_known = all_known && known;
  }
  require(column.finished() && all_known, "the column of clients of a block");
}

void read_addresses(schema::UseBlock::Reader in, UseBlock& block) {
  const auto list = in.getAddresses();
  const auto indexes = in.getAddressIndexes();
  require(list.size() <= block.uses.size(), "a block with more addresses than uses");
  block.addresses.reserve(list.size());
  for (const auto bytes : list) {
    const auto address = from_compact_bytes(span_of(bytes));
    require(address.has_value() && compact_bytes(*address).size() == bytes.size(), "an address in a block");
    block.addresses.push_back(*address);
  }
  if (indexes.size() == 0) {
    require(list.size() <= 1, "the column of addresses of a block");
    for (Use& use : block.uses) use.address = list.size();
    return;
  }
  VarintReader column(span_of(indexes));
  std::uint32_t greatest = 0;
  for (Use& use : block.uses) {
    use.address = column.take_32();
    greatest = std::max(greatest, use.address);
  }
  require(column.finished() && greatest <= list.size(), "the column of addresses of a block");
  require(!addresses_are_uniform(block), "a needless column of addresses in a block");
}

void read_reasons(schema::UseBlock::Reader in, BlockKind kind, std::span<Use> uses) {
  const auto reasons = in.getReasons();
  if (kind == BlockKind::kUsed) {
    require(reasons.size() == 0, "reasons in a block of allowed uses");
    return;  // kAllowed, as the uses were made
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
  // A word for each use: its time takes three bytes, its key three, its client and address one each.
  return kFixedWords + block.addresses.size() * kWordsPerAddress + block.uses.size();
}

void write_block(const UseBlock& block, BlockKind kind, schema::UseBlock::Builder out) {
  ensure_sound(block, kind);
  out.setAsOf(block.as_of.value());
  out.setCount(static_cast<std::uint32_t>(block.uses.size()));
  const auto first = static_cast<std::uint64_t>(block.uses.front().time.microseconds);
  out.setFirstTime(block.uses.front().time.microseconds);
  Bytes times;
  Bytes keys;
  times.reserve(4 * block.uses.size());
  keys.reserve(4 * block.uses.size());
  std::uint64_t before = first;
  for (const Use& use : block.uses) {
    const auto time = static_cast<std::uint64_t>(use.time.microseconds);
    append_varint(times, zigzag(static_cast<std::int64_t>(time - before)));
    append_varint(keys, use.key.value());
    before = time;
  }
  out.setTimes(column_of(times));
  out.setKeys(column_of(keys));
  write_clients(block, out);
  write_addresses(block, out);
  if (kind == BlockKind::kUsed) return;
  auto reasons = out.initReasons(static_cast<unsigned>(block.uses.size()));
  for (std::size_t i = 0; i < block.uses.size(); ++i)
    reasons[i] = static_cast<std::uint8_t>(block.uses[i].reason);
}

UseBlock read_block(schema::UseBlock::Reader in, BlockKind kind) {
  const std::size_t count = in.getCount();
  require(count > 0 && count <= kUsesPerBlockMax, "the number of uses in a block");
  // Every use takes a byte of the column of times at least: a small record cannot claim a big block.
  require(count <= in.getTimes().size(), "the column of times of a block");
  UseBlock block{.as_of = Position{in.getAsOf()}, .addresses = {}, .uses = std::vector<Use>(count)};
  read_times(in, block.uses);
  read_keys(in, kind, block.uses);
  read_clients(in, block.uses);
  read_addresses(in, block);
  read_reasons(in, kind, block.uses);
  return block;
}

}  // namespace keyledger::ledger
