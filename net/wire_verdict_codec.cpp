// Verdicts, laid out by hand: a message of one segment, each object behind the ones before it, as Cap'n
// Proto's builders lay them out (the encoding chapter of its documentation). Golden bytes and the library's
// readers check it.
#include <cstring>

#include "ledger/ensure.h"
#include "net/wire_codec.h"
#include "projections/prefetch.h"

namespace keyledger::net {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every message
using projections::Access;
using projections::KeyEntry;
using projections::Verdict;

namespace {

constexpr std::size_t kWord = sizeof(std::uint64_t);

// Of net/wire.capnp, in words.
constexpr std::uint64_t kResponseDataWords = 2;
constexpr std::uint64_t kVerdictDataWords = 6;
constexpr std::uint64_t kVerdictPointers = 5;
constexpr std::size_t kVerdictWords = kVerdictDataWords + kVerdictPointers;
// Places of a verdict's pointers.
enum : std::size_t { kKeyId, kClientId, kOwner, kReasonName, kMessage };
// Members of the response's union.
constexpr std::uint64_t kVerdict = 1;
constexpr std::uint64_t kVerdicts = 2;

constexpr std::size_t kUuidWords = 2;

constexpr std::size_t words_of(std::size_t bytes) { return (bytes + kWord - 1) / kWord; }
constexpr std::size_t text_words(std::string_view text) { return words_of(text.size() + 1); }

constexpr std::uint64_t struct_pointer(std::uint64_t offset, std::uint64_t data, std::uint64_t pointers) {
  return offset << 2 | data << 32 | pointers << 48;
}

std::string_view view_of(const boost::uuids::uuid& uuid) {
  return {reinterpret_cast<const char*>(uuid.data), uuid.size()};
}

// Writes into zeroed memory that is large enough.
class VerdictWriter {
 public:
  VerdictWriter(std::byte* begin, std::size_t used) : begin_(begin), used_(used) {}

  std::size_t used() const { return used_; }

  void put(std::size_t at, std::uint64_t word) { std::memcpy(begin_ + at * kWord, &word, kWord); }

  // `at`: of the verdict's struct, in words.
  void write(const Verdict& verdict, const Access& access, std::size_t at) {
    const VerdictReasonEntry& reason = entry_of(verdict.reason);
    std::uint64_t flags = static_cast<std::uint64_t>(verdict.reason);
    put(at + 2, verdict.position.value());
    const std::size_t pointers = at + kVerdictDataWords;
    put_bytes(pointers + kReasonName, reason.name, 1);
    put_bytes(pointers + kMessage, reason.stranger, 1);
    if (verdict.client != kNoClient)
      put_bytes(pointers + kClientId, view_of(access.client(verdict.client).client_id.uuid), 0);
    if (verdict.key != kNoKey) {
      const KeyEntry& key = access.key(verdict.key);
      put_bytes(pointers + kKeyId, view_of(key.key_id.uuid), 0);
      put_bytes(pointers + kOwner, access.user(key.owner).username, 1);
      if (verdict.lifetime == projections::LifetimeWarning::kExceeded) flags |= 1U << 8;
      const Timestamp expiry = access.expiry_of(key);
      if (expiry != KeyEntry::kNever) {
        flags |= 1U << 9;
        put(at + 1, static_cast<std::uint64_t>(expiry.microseconds));
      }
      put(at + 3, key.account.value());
      put(at + 4, static_cast<std::uint64_t>(verdict.retry_after));
      if (verdict.superseded_until) {
        flags |= 1U << 10;
        put(at + 5, static_cast<std::uint64_t>(verdict.superseded_until->microseconds));
      }
    }
    put(at, flags);
  }

 private:
  // A list of bytes behind everything, with so many zero bytes at its end.
  void put_bytes(std::size_t pointer, std::string_view bytes, std::size_t zeros) {
    constexpr std::uint64_t kListOfBytes = 1 | std::uint64_t{2} << 32;
    const std::size_t size = bytes.size() + zeros;
    put(pointer, kListOfBytes | std::uint64_t{used_ - pointer - 1} << 2 | std::uint64_t{size} << 35);
    std::memcpy(begin_ + used_ * kWord, bytes.data(), bytes.size());
    used_ += words_of(size);
  }

  std::byte* begin_;
  std::size_t used_;  // in words
};

std::size_t words_at_most(const Verdict& verdict, const Access& access) {
  const VerdictReasonEntry& reason = entry_of(verdict.reason);
  std::size_t words = kVerdictWords + text_words(reason.name) + text_words(reason.stranger) + 2 * kUuidWords;
  if (verdict.key != kNoKey) words += text_words(access.user(access.key(verdict.key).owner).username);
  return words;
}

constexpr std::size_t kKeysAhead = 8;

}  // namespace

void prefetch_for(const Verdict& verdict, const Access& access) {
  if (verdict.key == kNoKey) return;
  projections::bring_near(&access.key(verdict.key));  // owner, account, expiry
  access.prefetch_key(verdict.key);                   // and what stands behind them
}

void encode_verdicts(std::uint64_t id, AnswerForm form, std::span<const Verdict> verdicts,
                     const Access& access, Bytes& out) {
  // The frame's header, the pointer to the response, the response, the tag of a list.
  constexpr std::size_t kResponseAt = 1;
  constexpr std::size_t kBodyPointerAt = kResponseAt + kResponseDataWords;
  constexpr std::size_t kBodyAt = kBodyPointerAt + 1;
  const bool is_list = form == AnswerForm::kVerdicts;
  std::size_t words = 1 + kBodyAt + 1;
  for (const Verdict& verdict : verdicts) words += words_at_most(verdict, access);
  const std::size_t before = out.size();
  out.resize(before + words * kWord);
  const std::size_t first = kBodyAt + (is_list ? 1 : 0);
  VerdictWriter writer(out.data() + before + kWord, first + verdicts.size() * kVerdictWords);
  writer.put(0, struct_pointer(0, kResponseDataWords, 1));
  writer.put(kResponseAt, id);
  writer.put(kResponseAt + 1, (is_list ? kVerdicts : kVerdict) << 16);
  if (is_list) {
    constexpr std::uint64_t kListOfStructs = 1 | std::uint64_t{7} << 32;
    writer.put(kBodyPointerAt, kListOfStructs | std::uint64_t{verdicts.size() * kVerdictWords} << 35);
    writer.put(kBodyAt, struct_pointer(verdicts.size(), kVerdictDataWords, kVerdictPointers));
  } else {
    ENSURE(verdicts.size() == 1, "one verdict answers one question");
    writer.put(kBodyPointerAt, struct_pointer(0, kVerdictDataWords, kVerdictPointers));
  }
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    if (i + kKeysAhead < verdicts.size()) prefetch_for(verdicts[i + kKeysAhead], access);
    writer.write(verdicts[i], access, first + i * kVerdictWords);
  }
  const std::uint64_t header = std::uint64_t{writer.used()} << 32;
  std::memcpy(out.data() + before, &header, kWord);
  out.resize(before + kWord + writer.used() * kWord);
}

}  // namespace keyledger::net
