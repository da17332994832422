// The daemon decodes the load generator's requests, and the load generator reads the daemon's answers,
// wherever the bytes are cut.
#include "tools/load/protocol.h"

#include <catch2/catch.hpp>
#include <cstring>

#include "net/wire/codec.h"
#include "tests/support/story.h"

namespace keyledger::tools::load {
namespace {

using projections::Question;
using projections::Verdict;
using tests::Story;

std::vector<std::uint64_t> words_of(std::string_view bytes) {
  std::vector<std::uint64_t> words(bytes.size() / 8);
  std::memcpy(words.data(), bytes.data(), words.size() * 8);
  return words;
}

std::string text_of(const net::Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// A ledger with a working key, from the server's side.
struct Server {
  Story story;
  std::string token = Story::token_of("ci");

  Server() {
    const auto account = story.account(1);
    story.key("ci", story.user("ada", account), account);
  }

  std::string answer(std::uint64_t id, const std::vector<std::string>& tokens, net::AnswerForm form) const {
    std::vector<Verdict> verdicts;
    for (const std::string& each : tokens) {
      verdicts.push_back(judge(story.access(), Question{.token = each}, story.now()));
    }
    net::Bytes out;
    net::encode_verdicts(id, form, verdicts, story.access(), out);
    return text_of(out);
  }
  std::string answer(std::uint64_t id, const std::string& asked) const {
    return answer(id, std::vector{asked}, net::AnswerForm::kVerdict);
  }
};

const QuestionForm kOne{};
const QuestionForm kRedis{.protocol = LoadProtocol::kRedis};
const QuestionForm kHttp{.protocol = LoadProtocol::kHttp};

// An answer is taken as soon as all bytes have arrived, and not before.
void check_taken(const QuestionForm& form, WantedAnswer wanted, std::uint64_t id, const std::string& answer,
                 std::size_t right, std::size_t wrong) {
  for (std::size_t size = 0; size < answer.size(); ++size) {
    CAPTURE(size);
    CHECK(take_answer(form, wanted, id, std::string_view(answer).substr(0, size)).bytes == 0);
  }
  for (const std::string& behind : {std::string(), std::string("more")}) {
    const Taken taken = take_answer(form, wanted, id, answer + behind);
    CHECK(taken.bytes == answer.size());
    CHECK(taken.right == right);
    CHECK(taken.wrong == wrong);
  }
}

TEST_CASE("prepared requests are the questions, numbered from 0, one behind the other") {
  const std::vector<std::string_view> tokens = {"a", "bb", "ccc"};
  const auto address = ledger::parse_address("192.0.2.1");
  const PreparedRequests requests = prepare_requests({.client = "bot", .address = address}, tokens);
  REQUIRE(requests.size() == 3);
  CHECK(requests.bytes(0, 3) == std::string(requests.bytes(0, 1)) + std::string(requests.bytes(1, 2)));
  CHECK(requests.bytes(1, 0).empty());
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    net::RequestDecoder decoder;
    const auto words = words_of(requests.bytes(i, 1));
    const auto request = decoder.decode(words);
    REQUIRE(request.ok());
    const Question question{.token = tokens[i], .client = "bot", .address = address};
    CHECK(*request == net::Request{.id = i, .body = net::AskVerdicts{.questions = std::span(&question, 1)}});
  }
}

TEST_CASE("a batch that is not full takes the first tokens again, and addresses go round") {
  const std::vector<std::string_view> tokens = {"a", "b", "c"};
  const PreparedRequests requests = prepare_requests({.batch = 2, .addresses = 3}, tokens);
  REQUIRE(requests.size() == 2);
  net::RequestDecoder decoder;
  const auto words = words_of(requests.bytes(1, 1));
  const auto request = decoder.decode(words);
  REQUIRE(request.ok());
  const auto& questions = std::get<net::AskVerdicts>(request->body).questions;
  REQUIRE(questions.size() == 2);
  CHECK(questions[0] == Question{.token = "c", .address = ledger::parse_address("10.0.0.2")});
  CHECK(questions[1] == Question{.token = "a", .address = ledger::parse_address("10.0.0.0")});
}

TEST_CASE("requests to Redis and over HTTP are as those protocols have them") {
  const std::vector<std::string_view> tokens = {"abc"};
  CHECK(prepare_requests(kRedis, tokens).bytes(0, 1) == "*2\r\n$3\r\nGET\r\n$3\r\nabc\r\n");
  CHECK(prepare_requests(kHttp, tokens).bytes(0, 1) ==
        "GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Token abc\r\n\r\n");
}

TEST_CASE("a verdict is right if it answers the request and is the wanted one") {
  const Server server;
  check_taken(kOne, WantedAnswer::kAllowed, 7, server.answer(7, server.token), 1, 0);
  check_taken(kOne, WantedAnswer::kDenied, 7, server.answer(7, server.token), 0, 1);
  check_taken(kOne, WantedAnswer::kAllowed, 7, server.answer(7, Story::token_of("no")), 0, 1);
  check_taken(kOne, WantedAnswer::kDenied, 7, server.answer(7, Story::token_of("no")), 1, 0);
  check_taken(kOne, WantedAnswer::kAny, 7, server.answer(7, Story::token_of("no")), 1, 0);
  check_taken(kOne, WantedAnswer::kAny, 7, server.answer(8, server.token), 0, 1);
}

TEST_CASE("each verdict of a batch counts, and another number of them is no answer") {
  const Server server;
  const QuestionForm batch{.batch = 3};
  const std::vector<std::string> tokens = {server.token, Story::token_of("no"), server.token};
  const std::string answer = server.answer(1, tokens, net::AnswerForm::kVerdicts);
  check_taken(batch, WantedAnswer::kAllowed, 1, answer, 2, 1);
  check_taken(batch, WantedAnswer::kAllowed, 2, answer, 0, 3);
  check_taken({.batch = 2}, WantedAnswer::kAllowed, 1, answer, 0, 2);
  check_taken(kOne, WantedAnswer::kAllowed, 1, answer, 0, 1);
  check_taken(batch, WantedAnswer::kAllowed, 1, server.answer(1, server.token), 0, 3);
}

TEST_CASE("a failure is no right answer, whatever is wanted") {
  net::Bytes bytes;
  net::encode_response({.id = 3, .body = net::Failure{.code = 3011, .name = "write_failed"}}, bytes);
  check_taken(kOne, WantedAnswer::kAny, 3, text_of(bytes), 0, 1);
  check_taken({.batch = 2}, WantedAnswer::kDenied, 3, text_of(bytes), 0, 2);
}

TEST_CASE("an answer whose pointers lead outside is wrong, and reads nothing there") {
  const Server server;
  const std::string answer = server.answer(7, server.token);
  for (std::size_t at = 8; at < answer.size(); ++at) {
    for (const char flip : {'\x01', '\x40', '\x7f', '\xff'}) {
      std::string damaged = answer;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      CHECK(take_answer(kOne, WantedAnswer::kAny, 7, damaged).bytes == answer.size());
    }
  }
}

TEST_CASE("a message of several segments is read, too") {
  const Server server;
  const std::string one = server.answer(7, server.token);
  // One message in two segments, the second one empty.
  std::string two(16, '\0');
  two[0] = 1;
  std::memcpy(two.data() + 4, one.data() + 4, 4);
  two += one.substr(8);
  check_taken(kOne, WantedAnswer::kAllowed, 7, two, 1, 0);
  check_taken(kOne, WantedAnswer::kDenied, 7, two, 0, 1);
  check_taken(kOne, WantedAnswer::kAllowed, 8, two, 0, 1);
}

TEST_CASE("a value of Redis is right, and none or an error is not") {
  check_taken(kRedis, WantedAnswer::kAllowed, 0, "$5\r\nvalue\r\n", 1, 0);
  check_taken(kRedis, WantedAnswer::kAllowed, 0, "$0\r\n\r\n", 1, 0);
  check_taken(kRedis, WantedAnswer::kAllowed, 0, "$-1\r\n", 0, 1);
  check_taken(kRedis, WantedAnswer::kDenied, 0, "$-1\r\n", 1, 0);
  check_taken(kRedis, WantedAnswer::kAny, 0, "-ERR what\r\n", 0, 1);
}

TEST_CASE("a response of HTTP is judged by its status, and taken with its body") {
  const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody";
  check_taken(kHttp, WantedAnswer::kAllowed, 0, ok, 1, 0);
  check_taken(kHttp, WantedAnswer::kDenied, 0, ok, 0, 1);
  const std::string denied = "HTTP/1.1 401 Unauthorized\r\ncontent-length:0\r\n\r\n";
  check_taken(kHttp, WantedAnswer::kAllowed, 0, denied, 0, 1);
  check_taken(kHttp, WantedAnswer::kDenied, 0, denied, 1, 0);
  check_taken(kHttp, WantedAnswer::kAny, 0, "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", 0, 1);
  CHECK(!take_answer(kHttp, WantedAnswer::kAllowed, 0, ok).is_last);
  const std::string last = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
  check_taken(kHttp, WantedAnswer::kAllowed, 0, last, 1, 0);
  CHECK(take_answer(kHttp, WantedAnswer::kAllowed, 0, last).is_last);
}

TEST_CASE("a response of HTTP without its length is wrong, and the last") {
  const Taken taken = take_answer(kHttp, WantedAnswer::kAllowed, 0, "HTTP/1.1 200 OK\r\n\r\nbody");
  CHECK(taken.wrong == 1);
  CHECK(taken.is_last);
}

}  // namespace
}  // namespace keyledger::tools::load
