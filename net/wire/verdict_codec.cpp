// Writes verdicts by hand: a message of one segment, with the objects in the order of Cap'n Proto's builders
// (the encoding chapter of the documentation). Golden bytes and the library's readers check the result.
#include <array>
#include <cstring>
#include <vector>

#include "ledger/values/ensure.h"
#include "net/wire/codec.h"
#include "net/wire/layout.h"

namespace keyledger::net {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every message
using projections::Access;
using projections::KeyEntry;
using projections::Verdict;

namespace {

using Layout = layout::Verdict;
using layout::kWord;
using layout::Pointer;
using layout::words_of;

constexpr std::size_t kVerdictWords = Layout::kSize.words();
constexpr std::size_t kUuidWords = 2;

constexpr std::size_t text_words(std::string_view text) { return words_of(text.size() + 1); }

constexpr std::uint64_t bit(std::size_t index) { return std::uint64_t{1} << index; }

std::string_view view_of(const boost::uuids::uuid& uuid) {
  return {reinterpret_cast<const char*>(uuid.data), uuid.size()};
}

// The texts of a reason as bytes of a message, with their zero bytes. Every verdict holds the texts of a
// reason.
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
constexpr std::size_t kBodyPointerAt =
    kResponseAt + layout::Response::kSize.data_words + layout::Response::kBodyPointer;
constexpr std::size_t kBodyAt = kBodyPointerAt + 1;
// The words that a verdict needs beside the struct and the owner's name: at most, and for an allowed verdict.
constexpr std::size_t kTextWordsMax = ReasonTexts::kWordsMax + 2 * kUuidWords;
constexpr std::size_t kUsualTextWords = 10;

// Writes into memory that is large enough.
class MessageWriter {
 public:
  MessageWriter(std::byte* begin, std::size_t used) : begin_(begin), used_(used) {}

  std::size_t used() const { return used_; }

  void put(std::size_t at, std::uint64_t word) { std::memcpy(begin_ + at * kWord, &word, kWord); }

  // Appends a list of bytes, with `zeros` zero bytes at the end.
  void put_bytes(std::size_t pointer, std::string_view bytes, std::size_t zeros) {
    const std::size_t size = bytes.size() + zeros;
    const std::size_t words = words_of(size);
    put(pointer, Pointer::to_bytes(used_ - pointer - 1, size).word());
    put(used_ + words - 1, 0);
    std::memcpy(begin_ + used_ * kWord, bytes.data(), bytes.size());
    used_ += words;
  }

  void put_reason(std::size_t pointers, const ReasonTexts& texts) {
    const std::size_t message_at = used_ + texts.name_words;
    const std::size_t name = pointers + Layout::kReasonNamePointer;
    const std::size_t message = pointers + Layout::kMessagePointer;
    put(name, Pointer::to_bytes(used_ - name - 1, texts.name_bytes).word());
    put(message, Pointer::to_bytes(message_at - message - 1, texts.message_bytes).word());
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
  message.put(0, Pointer::to_struct(0, layout::Response::kSize).word());
  message.put(kResponseAt + layout::Response::kIdWord, id);
  message.put(
      kResponseAt + layout::Response::kMemberWord,
      layout::Response::word_with(is_list ? layout::Response::kVerdicts : layout::Response::kVerdict));
  if (is_list) {
    message.put(kBodyPointerAt, Pointer::to_structs(0, count * kVerdictWords).word());
    message.put(kBodyAt, Pointer::tag(count, Layout::kSize).word());
  } else {
    message.put(kBodyPointerAt, Pointer::to_struct(0, Layout::kSize).word());
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
  const std::size_t pointers = at + Layout::kSize.data_words;
  MessageWriter message(bytes_.data() + begin_, used_);
  auto flags = static_cast<std::uint64_t>(verdict.reason) << Layout::kReasonBit;
  for (std::size_t i = at; i < at + kVerdictWords; ++i) message.put(i, 0);
  message.put(at + Layout::kPositionWord, verdict.position.value());
  message.put_reason(pointers, texts_of(verdict.reason));
  if (verdict.client != kNoClient) {
    message.put_bytes(pointers + Layout::kClientIdPointer,
                      view_of(access.client(verdict.client).client_id.uuid), 0);
  }
  if (key != nullptr) {
    message.put_bytes(pointers + Layout::kKeyIdPointer, view_of(key->key_id.uuid), 0);
    message.put_bytes(pointers + Layout::kOwnerPointer, owner, 1);
    if (verdict.lifetime == projections::LifetimeWarning::kExceeded)
      flags |= bit(Layout::kLifetimeExceededBit);
    if (const Timestamp expiry = access.expiry_of(*key); expiry != KeyEntry::kNever) {
      flags |= bit(Layout::kExpiresBit);
      message.put(at + Layout::kExpiryWord, static_cast<std::uint64_t>(expiry.microseconds));
    }
    message.put(at + Layout::kAccountWord, key->account.value());
    message.put(at + Layout::kRetryAfterWord, static_cast<std::uint64_t>(verdict.retry_after));
    if (verdict.superseded_until) {
      flags |= bit(Layout::kSupersededBit);
      message.put(at + Layout::kSupersededUntilWord,
                  static_cast<std::uint64_t>(verdict.superseded_until->microseconds));
    }
  }
  message.put(at, flags);
  used_ = message.used();
  if (++written_ == count_) end();
}

void VerdictFrames::end() {
  const std::uint64_t header = layout::header_of_frame(used_);
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
