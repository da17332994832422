// Reads questions from their frames by hand (the encoding chapter of Cap'n Proto's documentation).
//
// A verdict takes less time than the library needs to set up a reader. This file reads only the layout that
// every encoder makes: a single segment, no far pointers, and texts that end with a zero byte. Every pointer
// is checked against the frame, and the sum of the texts against the frame's size, so that the work for a
// frame is bound by the frame's size. Frames of any other layout are left to the library.
#include <cstring>

#include "ledger/values/ensure.h"
#include "net/wire/codec.h"

namespace keyledger::net {

using projections::Question;

namespace {

constexpr std::size_t kWord = sizeof(std::uint64_t);

// Sizes of structs in net/wire/wire.capnp, in words. A newer sender has larger structs, an older sender
// smaller ones.
constexpr std::size_t kRequestDataWords = 3;
constexpr std::size_t kQuestionDataWords = 1;
constexpr std::size_t kQuestionPointers = 3;
constexpr std::uint16_t kAuthenticate = 0;
constexpr std::uint16_t kAuthenticateMany = 1;

constexpr unsigned kStructPointer = 0;
constexpr unsigned kListPointer = 1;
constexpr unsigned kBytes = 2;      // size of a list's elements
constexpr unsigned kComposite = 7;  // size of elements that are structs

struct Struct {
  std::size_t data;  // index of its first word
  std::size_t data_words;
  std::size_t pointers;  // how many follow the data

  std::size_t pointer(std::size_t index) const { return data + data_words + index; }
};

class Message {
 public:
  explicit Message(Frame frame) : words_(frame.subspan(1)), bytes_left_(words_.size() * kWord) {}

  std::uint64_t word(std::size_t at) const { return words_[at]; }

  std::optional<Struct> struct_at(std::size_t at) const {
    const std::uint64_t pointer = words_[at];
    if (pointer == 0 || (pointer & 3) != kStructPointer) return std::nullopt;
    const Struct found{
        .data = target_of(at), .data_words = pointer >> 32 & 0xffff, .pointers = pointer >> 48};
    if (!holds(found.data, found.data_words + found.pointers)) return std::nullopt;
    return found;
  }

  // Returns the first element of a list of structs, and sets the number of elements.
  std::optional<Struct> structs_at(std::size_t at, std::size_t& count) const {
    const std::uint64_t pointer = words_[at];
    if ((pointer & 3) != kListPointer || (pointer >> 32 & 7) != kComposite) return std::nullopt;
    const std::size_t tag_at = target_of(at);
    const std::size_t words = pointer >> 35;
    if (!holds(tag_at, words + 1)) return std::nullopt;
    const std::uint64_t tag = words_[tag_at];
    if ((tag & 3) != kStructPointer) return std::nullopt;
    count = static_cast<std::uint32_t>(tag) >> 2;
    const Struct first{.data = tag_at + 1, .data_words = tag >> 32 & 0xffff, .pointers = tag >> 48};
    const std::size_t each = first.data_words + first.pointers;
    if (each == 0 || count > words / each) return std::nullopt;
    return first;
  }

  // Returns the bytes of a Data, or of a Text with the final zero; nothing if the pointer is no list of
  // bytes.
  std::optional<std::string_view> bytes_at(std::size_t at) {
    const std::uint64_t pointer = words_[at];
    if (pointer == 0) return std::string_view();
    if ((pointer & 3) != kListPointer || (pointer >> 32 & 7) != kBytes) return std::nullopt;
    const std::size_t first = target_of(at);
    const std::size_t size = pointer >> 35;
    if (!holds(first, (size + kWord - 1) / kWord) || size > bytes_left_) return std::nullopt;
    bytes_left_ -= size;
    return std::string_view(reinterpret_cast<const char*>(words_.data() + first), size);
  }

  std::optional<std::string_view> text_at(std::size_t at) {
    auto bytes = bytes_at(at);
    if (!bytes || bytes->data() == nullptr) return bytes;
    if (bytes->empty() || bytes->back() != '\0') return std::nullopt;
    bytes->remove_suffix(1);
    return bytes;
  }

 private:
  // Returns the word that a pointer leads to: the offset is counted from the word after the pointer. A target
  // before the message wraps to a number after the end of the message.
  static std::size_t offset_of(std::uint64_t pointer) {
    return static_cast<std::size_t>(static_cast<std::int32_t>(static_cast<std::uint32_t>(pointer)) >> 2);
  }
  std::size_t target_of(std::size_t at) const { return at + 1 + offset_of(words_[at]); }
  bool holds(std::size_t first, std::size_t count) const {
    return first <= words_.size() && count <= words_.size() - first;
  }

  Frame words_;
  std::size_t bytes_left_;
};

bool read_question(Message& message, const Struct& in, Question& question) {
  if (in.data_words < kQuestionDataWords || in.pointers < kQuestionPointers) return false;
  const auto token = message.text_at(in.pointer(0));
  const auto client = message.text_at(in.pointer(1));
  const auto address = message.bytes_at(in.pointer(2));
  if (!token || !client || !address) return false;
  if ((message.word(in.data) & 1) != 0) question.token = *token;
  question.client = *client;
  if (address->empty()) return true;
  question.address =
      ledger::from_compact_bytes({reinterpret_cast<const std::uint8_t*>(address->data()), address->size()});
  return question.address.has_value();
}

bool read_questions(Message& message, std::size_t at, std::vector<Question>& questions) {
  std::size_t count = 0;
  const auto first = message.structs_at(at, count);
  if (!first || count > kQuestionsPerRequestMax) return false;
  Struct each = *first;
  for (; count > 0; --count) {
    if (!read_question(message, each, questions.emplace_back())) return false;
    each.data += each.data_words + each.pointers;
  }
  return true;
}

std::optional<AskedVerdicts> read_request(Frame frame, std::vector<Question>& questions) {
  // The header names a single segment, the rest of the frame.
  if (frame.size() < 2 || frame[0] != std::uint64_t{frame.size() - 1} << 32) return std::nullopt;
  Message message(frame);
  const auto request = message.struct_at(0);
  if (!request || request->data_words < kRequestDataWords || request->pointers == 0) return std::nullopt;
  const auto kind = static_cast<std::uint16_t>(message.word(request->data + 2));
  AskedVerdicts asked{.id = message.word(request->data),
                      .min_position = ledger::Position{message.word(request->data + 1)}};
  if (kind == kAuthenticate) {
    const auto in = message.struct_at(request->pointer(0));
    if (!in || !read_question(message, *in, questions.emplace_back())) return std::nullopt;
    return asked;
  }
  asked.form = AnswerForm::kVerdicts;
  if (kind != kAuthenticateMany || !read_questions(message, request->pointer(0), questions)) {
    return std::nullopt;
  }
  return asked;
}

}  // namespace

std::optional<AskedVerdicts> decode_questions(Frame frame, std::vector<Question>& questions) {
  const std::size_t before = questions.size();
  auto asked = read_request(frame, questions);
  if (asked) {
    asked->count = questions.size() - before;
  } else {
    questions.resize(before);
  }
  return asked;
}

}  // namespace keyledger::net
