#include "tools/load_protocol.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>

#include "net/wire_codec.h"

namespace keyledger::tools {
namespace {

std::string keyledger_request(std::uint64_t id, const std::string& token) {
  const projections::Question question{.token = token};
  net::Bytes bytes;
  net::encode_request({.id = id, .body = net::AskVerdicts{.questions = std::span(&question, 1)}}, bytes);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::uint32_t word_at(std::string_view bytes, std::size_t offset) {
  std::uint32_t word = 0;
  std::memcpy(&word, bytes.data() + offset, sizeof word);
  return word;
}

// The server answers in one segment. Every answer's length is read, and one in a thousand is read whole: to
// read them all would measure the reader.
std::optional<std::size_t> take_frame(std::string_view bytes, std::uint64_t& wrong) {
  constexpr std::size_t kHeader = 8;
  if (bytes.size() < kHeader) return std::nullopt;
  const std::size_t size = kHeader + std::size_t{8} * word_at(bytes, 4);
  if (bytes.size() < size) return std::nullopt;
  static thread_local std::uint64_t taken = 0;
  if (taken++ % 1'000 == 0) {
    std::vector<std::uint64_t> words(size / 8);
    std::memcpy(words.data(), bytes.data(), size);
    const auto response = net::decode_response(words);
    const auto* verdicts = response ? std::get_if<std::vector<net::VerdictAnswer>>(&response->body) : nullptr;
    if (verdicts == nullptr || verdicts->size() != 1 || !verdicts->front().allowed()) ++wrong;
  }
  return size;
}

// "$5\r\nvalue\r\n", or "$-1\r\n" for no value (RESP 2).
std::optional<std::size_t> take_bulk_string(std::string_view bytes, std::uint64_t& wrong) {
  const std::size_t line = bytes.find("\r\n");
  if (line == std::string_view::npos) return std::nullopt;
  int length = -1;
  const auto parsed = std::from_chars(bytes.data() + 1, bytes.data() + line, length);
  if (bytes.front() != '$' || parsed.ec != std::errc{} || length < 0) {
    ++wrong;
    return line + 2;
  }
  const std::size_t size = line + 2 + static_cast<std::size_t>(length) + 2;
  return bytes.size() < size ? std::nullopt : std::optional(size);
}

}  // namespace

std::vector<std::string> load_requests(LoadProtocol protocol, const std::vector<std::string>& tokens) {
  std::vector<std::string> requests;
  requests.reserve(tokens.size());
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    requests.push_back(protocol == LoadProtocol::kKeyledger
                           ? keyledger_request(i, tokens[i])
                           : fmt::format("*2\r\n$3\r\nGET\r\n${}\r\n{}\r\n", tokens[i].size(), tokens[i]));
  }
  return requests;
}

std::optional<std::size_t> take_answer(LoadProtocol protocol, std::string_view bytes, std::uint64_t& wrong) {
  return protocol == LoadProtocol::kKeyledger ? take_frame(bytes, wrong) : take_bulk_string(bytes, wrong);
}

}  // namespace keyledger::tools
