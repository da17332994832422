#include "tools/load/protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "ledger/values/ascii_text.h"
#include "net/wire/codec.h"
#include "net/wire/frame.h"
#include "net/wire/layout.h"

namespace keyledger::tools::load {
namespace {

namespace layout = net::layout;
using layout::Segment;

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

std::span<const std::byte> bytes_of(std::string_view bytes) { return std::as_bytes(std::span(bytes)); }

// Returns the reason of a verdict. A struct without data has reason 0, which means allowed.
std::uint8_t reason_of(const Segment& segment, const layout::Struct& verdict) {
  return verdict.size.data_words == 0 ? std::uint8_t{0}
                                      : layout::Verdict::reason_in(segment.word(verdict.data));
}

bool is_wanted(WantedAnswer wanted, std::uint8_t reason) {
  if (wanted == WantedAnswer::kAny) return true;
  return (wanted == WantedAnswer::kAllowed) == (reason == 0);
}

// Returns how many verdicts of the answer are the wanted ones; nothing if the message is no answer to `id`.
std::optional<std::size_t> count_right(const QuestionForm& form, WantedAnswer wanted, std::uint64_t id,
                                       const Segment& segment) {
  using Response = layout::Response;
  const auto response = segment.words() == 0 ? std::nullopt : segment.struct_at(0);
  if (!response || response->size.data_words < Response::kSize.data_words || response->size.pointers == 0 ||
      segment.word(response->data + Response::kIdWord) != id) {
    return std::nullopt;
  }
  const std::uint16_t member = Response::member_in(segment.word(response->data + Response::kMemberWord));
  const std::size_t body = response->pointer(Response::kBodyPointer);
  if (form.batch == 0) {
    const auto verdict = member == Response::kVerdict ? segment.struct_at(body) : std::nullopt;
    if (!verdict) return std::nullopt;
    return std::size_t{is_wanted(wanted, reason_of(segment, *verdict))};
  }
  const auto list = member == Response::kVerdicts ? segment.structs_at(body) : std::nullopt;
  if (!list || list->count != form.batch) return std::nullopt;
  std::size_t right = 0;
  layout::Struct verdict = list->first;
  for (std::size_t i = 0; i < list->count; ++i, verdict = verdict.next()) {
    right += std::size_t{is_wanted(wanted, reason_of(segment, verdict))};
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

// Returns the size of the message at the beginning of `bytes`, with its header; 0 if the header has not
// arrived.
std::size_t frame_size(std::string_view bytes) {
  if (bytes.size() < layout::kWord) return 0;
  if (layout::segments_of_frame(bytes_of(bytes)) > net::kFrameSegmentsMax) return 0;
  return layout::size_of_frame(bytes_of(bytes)).value_or(0);
}

Taken take_frame(const QuestionForm& form, WantedAnswer wanted, std::uint64_t id, std::string_view bytes) {
  const std::size_t size = frame_size(bytes);
  if (size == 0 || bytes.size() < size) return {};
  const std::string_view frame = bytes.substr(0, size);
  const bool is_one_segment = layout::segments_of_frame(bytes_of(frame)) == 1;
  const auto right = is_one_segment
                         ? count_right(form, wanted, id, Segment(bytes_of(frame.substr(layout::kWord))))
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

// A response with its length in its head (RFC 9112); any other kind counts as wrong and ends the connection.
Taken take_http(WantedAnswer wanted, std::string_view bytes) {
  constexpr std::string_view kLength = "\r\ncontent-length:";
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return {};
  const std::string head = ledger::lower_case(bytes.substr(0, end));
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
