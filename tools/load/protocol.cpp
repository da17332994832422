#include "tools/load/protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "net/wire/codec.h"

namespace keyledger::tools::load {
namespace {

// ---- Requests ----

std::optional<ledger::Address> address_of(const QuestionForm& form, std::size_t question) {
  if (form.addresses == 0) return form.address;
  const auto host = static_cast<std::uint32_t>(question % form.addresses);
  const auto byte = [&](unsigned shift) { return static_cast<std::uint8_t>(host >> shift); };
  return ledger::from_compact_bytes(std::array<std::uint8_t, 4>{10, byte(16), byte(8), byte(0)});
}

std::string keyledger_request(const QuestionForm& form, std::uint64_t id,
                              std::span<const std::string_view> tokens) {
  std::vector<projections::Question> questions;
  questions.reserve(tokens.size());
  for (const std::string_view token : tokens) {
    questions.push_back({.token = token,
                         .client = form.client,
                         .address = address_of(form, id * tokens.size() + questions.size())});
  }
  const auto answer = form.batch == 0 ? net::AnswerForm::kVerdict : net::AnswerForm::kVerdicts;
  net::Bytes bytes;
  net::encode_request({.id = id, .body = net::AskVerdicts{.questions = questions, .form = answer}}, bytes);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string redis_request(std::string_view token) {
  return fmt::format("*2\r\n$3\r\nGET\r\n${}\r\n{}\r\n", token.size(), token);
}

std::string http_request(std::string_view token) {
  return fmt::format("GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Token {}\r\n\r\n", token);
}

// ---- Answers of Keyledger ----

std::uint64_t verdicts_asked(const QuestionForm& form) { return std::max<std::size_t>(form.batch, 1); }

// Cap'n Proto's words of one segment, read as its encoding chapter says; net/wire/wire.capnp gives the
// places.
class Words {
 public:
  explicit Words(std::string_view bytes) : bytes_(bytes) {}

  struct Struct {
    std::size_t at = 0;    // its first word
    std::size_t data = 0;  // words of data, before its pointers
  };

  std::size_t size() const { return bytes_.size() / sizeof(std::uint64_t); }

  std::uint64_t word(std::size_t at) const {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes_.data() + at * sizeof word, sizeof word);
    return word;
  }

  // Its first byte of data is 0 if it has none.
  std::uint8_t first_byte(Struct from) const {
    return from.data == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(word(from.at));
  }

  // What the pointer in that word leads to, if that is a struct inside the segment.
  std::optional<Struct> follow(std::size_t at) const {
    if (at >= size()) return std::nullopt;
    const std::uint64_t pointer = word(at);
    const std::size_t target = at + 1 + (static_cast<std::uint32_t>(pointer) >> 2U);
    const Struct to{.at = target, .data = (pointer >> 32U) & 0xFFFFU};
    const bool is_inside = target + to.data + (pointer >> 48U) <= size();
    return (pointer & 3U) == 0 && is_inside ? std::optional(to) : std::nullopt;
  }

  struct List {
    std::size_t at = 0;
    std::size_t count = 0;
    std::size_t words_each = 0;
    std::size_t data = 0;
  };

  // The same, if that is a list of structs.
  std::optional<List> follow_list(std::size_t at) const {
    constexpr std::uint64_t kStructs = 7;
    if (at >= size()) return std::nullopt;
    const std::uint64_t pointer = word(at);
    const std::size_t target = at + 1 + (static_cast<std::uint32_t>(pointer) >> 2U);
    if ((pointer & 3U) != 1 || ((pointer >> 32U) & 7U) != kStructs || target >= size()) return std::nullopt;
    const std::uint64_t tag = word(target);
    const List to{.at = target + 1,
                  .count = static_cast<std::uint32_t>(tag) >> 2U,
                  .words_each = ((tag >> 32U) & 0xFFFFU) + (tag >> 48U),
                  .data = (tag >> 32U) & 0xFFFFU};
    return to.at + to.count * to.words_each <= size() ? std::optional(to) : std::nullopt;
  }

 private:
  std::string_view bytes_;
};

bool is_wanted(WantedAnswer wanted, std::uint8_t reason) {
  if (wanted == WantedAnswer::kAny) return true;
  return (wanted == WantedAnswer::kAllowed) == (reason == 0);
}

// How many verdicts of the answer are the wanted ones; nothing if it is no answer to `id`.
std::optional<std::size_t> count_right(const QuestionForm& form, WantedAnswer wanted, std::uint64_t id,
                                       const Words& words) {
  constexpr std::uint64_t kVerdict = 1;
  constexpr std::uint64_t kVerdicts = 2;
  const auto response = words.follow(0);
  if (!response || response->data < 2 || words.word(response->at) != id) return std::nullopt;
  const std::uint64_t kind = (words.word(response->at + 1) >> 16U) & 0xFFFFU;
  const std::size_t pointer = response->at + response->data;
  if (form.batch == 0) {
    const auto verdict = kind == kVerdict ? words.follow(pointer) : std::nullopt;
    if (!verdict) return std::nullopt;
    return std::size_t{is_wanted(wanted, words.first_byte(*verdict))};
  }
  const auto list = kind == kVerdicts ? words.follow_list(pointer) : std::nullopt;
  if (!list || list->count != form.batch) return std::nullopt;
  std::size_t right = 0;
  for (std::size_t i = 0; i < list->count; ++i) {
    const Words::Struct verdict{.at = list->at + i * list->words_each, .data = list->data};
    right += std::size_t{is_wanted(wanted, words.first_byte(verdict))};
  }
  return right;
}

// A message of several segments, which a server need not send: through the client's own decoder.
std::optional<std::size_t> count_right_slowly(const QuestionForm& form, WantedAnswer wanted, std::uint64_t id,
                                              std::string_view frame) {
  std::vector<std::uint64_t> words(frame.size() / sizeof(std::uint64_t));
  std::memcpy(words.data(), frame.data(), frame.size());
  const auto response = net::decode_response(words);
  if (!response || response->id != id) return std::nullopt;
  const auto* verdicts = std::get_if<std::vector<net::VerdictAnswer>>(&response->body);
  if (verdicts == nullptr || verdicts->size() != verdicts_asked(form)) return std::nullopt;
  return static_cast<std::size_t>(std::ranges::count_if(*verdicts, [&](const net::VerdictAnswer& verdict) {
    return is_wanted(wanted, static_cast<std::uint8_t>(verdict.reason));
  }));
}

std::uint32_t half_word_at(std::string_view bytes, std::size_t offset) {
  std::uint32_t half = 0;
  std::memcpy(&half, bytes.data() + offset, sizeof half);
  return half;
}

// The size of the message at the beginning of `bytes`, with its header; 0: not even that has arrived.
std::size_t frame_size(std::string_view bytes) {
  if (bytes.size() < 8) return 0;
  const std::size_t segments = std::size_t{half_word_at(bytes, 0)} + 1;
  if (segments == 1) return 8 + std::size_t{8} * half_word_at(bytes, 4);
  const std::size_t header = (segments / 2 + 1) * 8;
  if (segments > 64 || bytes.size() < header) return 0;
  std::size_t size = header;
  for (std::size_t i = 0; i < segments; ++i) size += std::size_t{8} * half_word_at(bytes, 4 + 4 * i);
  return size;
}

Taken take_frame(const QuestionForm& form, WantedAnswer wanted, std::uint64_t id, std::string_view bytes) {
  const std::size_t size = frame_size(bytes);
  if (size == 0 || bytes.size() < size) return {};
  const std::string_view frame = bytes.substr(0, size);
  const auto right = half_word_at(bytes, 0) == 0 ? count_right(form, wanted, id, Words(frame.substr(8)))
                                                 : count_right_slowly(form, wanted, id, frame);
  const std::size_t asked = verdicts_asked(form);
  return {.bytes = size, .right = right.value_or(0), .wrong = asked - right.value_or(0)};
}

// ---- Answers of others ----

Taken judged(std::size_t size, WantedAnswer wanted, WantedAnswer given) {
  const bool is_right = wanted == WantedAnswer::kAny || wanted == given;
  return {.bytes = size, .right = is_right ? 1U : 0U, .wrong = is_right ? 0U : 1U};
}

// "$5\r\nvalue\r\n", or "$-1\r\n" for no value (RESP 2).
Taken take_bulk_string(WantedAnswer wanted, std::string_view bytes) {
  const std::size_t line = bytes.find("\r\n");
  if (line == std::string_view::npos) return {};
  int length = -1;
  const auto parsed = std::from_chars(bytes.data() + 1, bytes.data() + line, length);
  if (bytes.front() != '$' || parsed.ec != std::errc{}) return {.bytes = line + 2, .wrong = 1};
  if (length < 0) return judged(line + 2, wanted, WantedAnswer::kDenied);
  const std::size_t size = line + 2 + static_cast<std::size_t>(length) + 2;
  return bytes.size() < size ? Taken{} : judged(size, wanted, WantedAnswer::kAllowed);
}

std::string lower(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lowered;
}

// A response with its length in its head (RFC 9112); any other kind counts as wrong and ends the connection.
Taken take_http(WantedAnswer wanted, std::string_view bytes) {
  constexpr std::string_view kLength = "\r\ncontent-length:";
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return {};
  const std::string head = lower(bytes.substr(0, end));
  const std::size_t field = head.find(kLength);
  std::size_t length = 0;
  if (field != std::string::npos) {
    std::size_t digits = field + kLength.size();
    while (digits < head.size() && head[digits] == ' ') ++digits;
    std::from_chars(head.data() + digits, head.data() + head.size(), length);
  }
  const std::size_t size = end + 4 + length;
  if (bytes.size() < size) return {};
  const std::string_view status = bytes.substr(bytes.find(' ') + 1, 3);
  const bool is_denied = status == "401" || status == "403";
  Taken taken = judged(size, wanted, is_denied ? WantedAnswer::kDenied : WantedAnswer::kAllowed);
  if ((status != "200" && !is_denied) || field == std::string::npos) taken = {.bytes = size, .wrong = 1};
  taken.is_last = field == std::string::npos || head.find("\r\nconnection: close") != std::string::npos;
  return taken;
}

}  // namespace

std::string_view PreparedRequests::bytes(std::size_t first, std::size_t count) const {
  ENSURE(first + count <= ends_.size(), "only requests that were prepared are sent");
  if (count == 0) return {};
  const std::size_t from = first == 0 ? 0 : ends_[first - 1];
  return std::string_view(bytes_).substr(from, ends_[first + count - 1] - from);
}

void PreparedRequests::add(std::string_view request) {
  bytes_ += request;
  ends_.push_back(bytes_.size());
}

PreparedRequests prepare_requests(const QuestionForm& form, std::span<const std::string_view> tokens) {
  ENSURE(!tokens.empty(), "there is something to ask about");
  PreparedRequests requests;
  const std::size_t each = std::max<std::size_t>(form.batch, 1);
  std::vector<std::string_view> asked(each);
  for (std::size_t next = 0; next < tokens.size();) {
    for (std::string_view& token : asked) token = tokens[next++ % tokens.size()];
    switch (form.protocol) {
      case LoadProtocol::kKeyledger:
        requests.add(keyledger_request(form, requests.size(), asked));
        break;
      case LoadProtocol::kRedis:
        requests.add(redis_request(asked.front()));
        break;
      case LoadProtocol::kHttp:
        requests.add(http_request(asked.front()));
        break;
    }
  }
  return requests;
}

Taken take_answer(const QuestionForm& form, WantedAnswer wanted, std::uint64_t id, std::string_view bytes) {
  switch (form.protocol) {
    case LoadProtocol::kKeyledger:
      return take_frame(form, wanted, id, bytes);
    case LoadProtocol::kRedis:
      return take_bulk_string(wanted, bytes);
    case LoadProtocol::kHttp:
      return take_http(wanted, bytes);
  }
  return {};
}

}  // namespace keyledger::tools::load
