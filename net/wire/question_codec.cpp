// Reads questions from frames by hand (the encoding chapter of Cap'n Proto's documentation).
//
// The codec reads the layout made by every encoder of the same schema: a single segment, no far pointers,
// structs of the known size, a zero byte at the end of every text. The codec checks every pointer against the
// frame, and leaves any other layout to the library.
#include <optional>
#include <string_view>
#include <vector>

#include "net/wire/codec.h"
#include "net/wire/layout.h"

namespace keyledger::net {

using layout::Segment;
using projections::Question;

namespace {

// Reads texts and data of a message. Together, the texts and data must be no larger than the message, so that
// a small frame cannot cause much work.
class Texts {
 public:
  explicit Texts(const Segment& segment) : segment_(segment), bytes_left_(segment.words() * layout::kWord) {}

  // Returns the bytes of a Data, or of a Text with the last zero. Returns a view without data for a null
  // pointer, and nothing if the pointer does not lead to a list of bytes or the sizes exceed the message.
  std::optional<std::string_view> bytes_at(std::size_t at) {
    const layout::Pointer pointer = segment_.pointer(at);
    if (pointer.is_null()) return std::string_view();
    if (!pointer.is_list_of_bytes()) return std::nullopt;
    const std::size_t first = pointer.target(at);
    const std::size_t size = pointer.list_size();
    if (!segment_.holds(first, layout::words_of(size)) || size > bytes_left_) return std::nullopt;
    bytes_left_ -= size;
    return std::string_view(reinterpret_cast<const char*>(segment_.address(first)), size);
  }

  std::optional<std::string_view> text_at(std::size_t at) {
    auto bytes = bytes_at(at);
    if (!bytes || bytes->data() == nullptr) return bytes;
    if (bytes->empty() || bytes->back() != '\0') return std::nullopt;
    bytes->remove_suffix(1);
    return bytes;
  }

 private:
  Segment segment_;  // a copy, which the compiler keeps in registers
  std::size_t bytes_left_;
};

bool read_question(const Segment& segment, Texts& texts, const layout::Struct& in, Question& question) {
  using Layout = layout::Question;
  // A struct of another size may have unknown content; so may the bits after the known ones.
  if (in.size != Layout::kSize) return false;
  const std::uint64_t flags = segment.word(in.data);
  if ((flags & ~Layout::kKnownBits) != 0) return false;
  const auto token = texts.text_at(in.pointer(Layout::kTokenPointer));
  const auto client = texts.text_at(in.pointer(Layout::kClientPointer));
  const auto address = texts.bytes_at(in.pointer(Layout::kAddressPointer));
  if (!token || !client || !address) return false;
  const bool has_token = (flags >> Layout::kHasTokenBit & 1) != 0;
  if (!has_token && !token->empty()) return false;  // the sender has forgotten the flag
  if (has_token) question.token = *token;
  question.client = *client;
  if (address->empty()) return true;
  question.address =
      ledger::from_compact_bytes({reinterpret_cast<const std::uint8_t*>(address->data()), address->size()});
  return question.address.has_value();
}

bool read_questions(const Segment& segment, Texts& texts, std::size_t at, std::vector<Question>& questions) {
  const auto list = segment.structs_at(at);
  if (!list || list->count > kQuestionsPerRequestMax) return false;
  layout::Struct each = list->first;
  for (std::size_t left = list->count; left > 0; --left, each = each.next()) {
    if (!read_question(segment, texts, each, questions.emplace_back())) return false;
  }
  return true;
}

std::optional<AskedVerdicts> read_request(Frame frame, std::vector<Question>& questions) {
  using Layout = layout::Request;
  // A single segment must fill the rest of the frame.
  if (frame.size() < 2 || frame[0] != layout::header_of_frame(frame.size() - 1)) return std::nullopt;
  const Segment segment(std::as_bytes(frame.subspan(1)));
  Texts texts(segment);
  const auto request = segment.struct_at(0);
  if (!request || request->size != Layout::kSize) return std::nullopt;
  const std::uint64_t member_word = segment.word(request->data + Layout::kMemberWord);
  const std::uint16_t member = Layout::member_in(member_word);
  if (member != member_word) return std::nullopt;  // unknown bits after the member
  const std::size_t body = request->pointer(Layout::kBodyPointer);
  AskedVerdicts asked{
      .id = segment.word(request->data + Layout::kIdWord),
      .min_position = ledger::Position{segment.word(request->data + Layout::kMinPositionWord)}};
  if (member == Layout::kAuthenticate) {
    const auto in = segment.struct_at(body);
    if (!in || !read_question(segment, texts, *in, questions.emplace_back())) return std::nullopt;
    return asked;
  }
  asked.form = AnswerForm::kVerdicts;
  if (member != Layout::kAuthenticateMany || !read_questions(segment, texts, body, questions)) {
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
