// Lays verdicts out by hand: a message has a single segment with an object after the other, as Cap'n Proto's
// builders lay out messages (the encoding chapter of the documentation). Golden bytes and the library's
// readers check the layout.
#include <array>
#include <cstring>
#include <vector>

#include "ledger/values/ensure.h"
#include "net/wire/codec.h"

namespace keyledger::net {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every message
using projections::Access;
using projections::KeyEntry;
using projections::Verdict;

namespace {

constexpr std::size_t kWord = sizeof(std::uint64_t);

// Sizes of structs in net/wire/wire.capnp, in words.
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

constexpr std::uint64_t list_of_bytes(std::uint64_t offset, std::uint64_t size) {
  return 1 | std::uint64_t{2} << 32 | offset << 2 | size << 35;
}

std::string_view view_of(const boost::uuids::uuid& uuid) {
  return {reinterpret_cast<const char*>(uuid.data), uuid.size()};
}

// The texts of a reason as a message has them, with zero bytes. Every verdict has these texts.
struct ReasonTexts {
  static constexpr std::size_t kWordsMax = 16;

  explicit ReasonTexts(const VerdictReasonEntry& reason)
      : name_bytes(reason.name.size() + 1),
        message_bytes(reason.stranger.size() + 1),
        name_words(words_of(name_bytes)),
        count(name_words + words_of(message_bytes)) {
    ENSURE(count <= kWordsMax, "the texts of a reason are short");
    std::memcpy(words.data(), reason.name.data(), reason.name.size());
    std::memcpy(words.data() + name_words, reason.stranger.data(), reason.stranger.size());
  }

  std::array<std::uint64_t, kWordsMax> words{};
  std::size_t name_bytes;
  std::size_t message_bytes;
  std::size_t name_words;
  std::size_t count;
};

const ReasonTexts& texts_of(VerdictReason reason) {
  static const auto kAll = [] {
    std::vector<ReasonTexts> all;
    for (std::uint8_t i = 0; i < kVerdictReasons; ++i) {
      all.emplace_back(entry_of(static_cast<VerdictReason>(i)));
    }
    return all;
  }();
  return kAll[static_cast<std::size_t>(reason)];
}

constexpr std::size_t kResponseAt = 1;
constexpr std::size_t kBodyPointerAt = kResponseAt + kResponseDataWords;
constexpr std::size_t kBodyAt = kBodyPointerAt + 1;
// Words of a verdict besides the struct and the owner's name: at most, and if the verdict is allowed.
constexpr std::size_t kTextWordsMax = ReasonTexts::kWordsMax + 2 * kUuidWords;
constexpr std::size_t kUsualTextWords = 10;

// Writes into memory that is large enough.
class MessageWriter {
 public:
  MessageWriter(std::byte* begin, std::size_t used) : begin_(begin), used_(used) {}

  std::size_t used() const { return used_; }

  void put(std::size_t at, std::uint64_t word) { std::memcpy(begin_ + at * kWord, &word, kWord); }

  // Appends a list of bytes after everything else, with this many zero bytes at the end.
  void put_bytes(std::size_t pointer, std::string_view bytes, std::size_t zeros) {
    const std::size_t size = bytes.size() + zeros;
    const std::size_t words = words_of(size);
    put(pointer, list_of_bytes(used_ - pointer - 1, size));
    put(used_ + words - 1, 0);
    std::memcpy(begin_ + used_ * kWord, bytes.data(), bytes.size());
    used_ += words;
  }

  void put_reason(std::size_t pointers, const ReasonTexts& texts) {
    const std::size_t message_at = used_ + texts.name_words;
    put(pointers + kReasonName, list_of_bytes(used_ - (pointers + kReasonName) - 1, texts.name_bytes));
    put(pointers + kMessage, list_of_bytes(message_at - (pointers + kMessage) - 1, texts.message_bytes));
    for (std::size_t i = 0; i < texts.count; ++i) put(used_ + i, texts.words[i]);
    used_ += texts.count;
  }

 private:
  std::byte* begin_;
  std::size_t used_;  // in words
};

}  // namespace

Bytes& VerdictFrames::bytes() {
  ENSURE(missing() == 0, "every question has its verdict");
  return bytes_;
}

void VerdictFrames::begin(std::uint64_t id, AnswerForm form, std::size_t count) {
  const bool is_list = form == AnswerForm::kVerdicts;
  ENSURE(missing() == 0, "one frame after the other");
  ENSURE(is_list || count == 1, "one verdict answers one question");
  begin_ = bytes_.size() + kWord;  // after the frame's header
  first_ = kBodyAt + (is_list ? 1 : 0);
  used_ = first_ + count * kVerdictWords;
  count_ = count;
  written_ = 0;
  bytes_.resize(begin_ + (used_ + count * kUsualTextWords + kTextWordsMax) * kWord);
  MessageWriter message(bytes_.data() + begin_, used_);
  message.put(0, struct_pointer(0, kResponseDataWords, 1));
  message.put(kResponseAt, id);
  message.put(kResponseAt + 1, (is_list ? kVerdicts : kVerdict) << 16);
  if (is_list) {
    constexpr std::uint64_t kListOfStructs = 1 | std::uint64_t{7} << 32;
    message.put(kBodyPointerAt, kListOfStructs | std::uint64_t{count * kVerdictWords} << 35);
    message.put(kBodyAt, struct_pointer(count, kVerdictDataWords, kVerdictPointers));
  } else {
    message.put(kBodyPointerAt, struct_pointer(0, kVerdictDataWords, kVerdictPointers));
  }
  if (count == 0) end();
}

void VerdictFrames::add(const Verdict& verdict, const Access& access) {
  ENSURE(missing() > 0, "a verdict of the frame");
  const KeyEntry* key = verdict.key == kNoKey ? nullptr : &access.key(verdict.key);
  const std::string_view owner = key == nullptr ? std::string_view() : access.user(key->owner).username;
  const std::size_t room = begin_ + (used_ + kTextWordsMax + text_words(owner)) * kWord;
  if (bytes_.size() < room) bytes_.resize(room + (bytes_.size() - begin_) / 2);
  const std::size_t at = first_ + written_ * kVerdictWords;
  const std::size_t pointers = at + kVerdictDataWords;
  MessageWriter message(bytes_.data() + begin_, used_);
  auto flags = static_cast<std::uint64_t>(verdict.reason);
  for (std::size_t i = at; i < at + kVerdictWords; ++i) message.put(i, 0);
  message.put(at + 2, verdict.position.value());
  message.put_reason(pointers, texts_of(verdict.reason));
  if (verdict.client != kNoClient) {
    message.put_bytes(pointers + kClientId, view_of(access.client(verdict.client).client_id.uuid), 0);
  }
  if (key != nullptr) {
    message.put_bytes(pointers + kKeyId, view_of(key->key_id.uuid), 0);
    message.put_bytes(pointers + kOwner, owner, 1);
    if (verdict.lifetime == projections::LifetimeWarning::kExceeded) flags |= 1U << 8;
    if (const Timestamp expiry = access.expiry_of(*key); expiry != KeyEntry::kNever) {
      flags |= 1U << 9;
      message.put(at + 1, static_cast<std::uint64_t>(expiry.microseconds));
    }
    message.put(at + 3, key->account.value());
    message.put(at + 4, static_cast<std::uint64_t>(verdict.retry_after));
    if (verdict.superseded_until) {
      flags |= 1U << 10;
      message.put(at + 5, static_cast<std::uint64_t>(verdict.superseded_until->microseconds));
    }
  }
  message.put(at, flags);
  used_ = message.used();
  if (++written_ == count_) end();
}

void VerdictFrames::end() {
  const std::uint64_t header = std::uint64_t{used_} << 32;
  std::memcpy(bytes_.data() + begin_ - kWord, &header, kWord);
  bytes_.resize(begin_ + used_ * kWord);
}

void encode_verdicts(std::uint64_t id, AnswerForm form, std::span<const Verdict> verdicts,
                     const Access& access, Bytes& out) {
  VerdictFrames frames;
  frames.bytes().swap(out);
  frames.begin(id, form, verdicts.size());
  for (const Verdict& verdict : verdicts) frames.add(verdict, access);
  frames.bytes().swap(out);
}

}  // namespace keyledger::net
