// The requests accepted by the quick reader of questions. Damaged frames are tested in damage_test.cpp.
#include <catch2/catch.hpp>
#include <random>

#include "net/wire/codec.h"
#include "tests/net/wire/examples.h"
#include "tests/support/seed.h"

namespace keyledger::net {
namespace {

using projections::Question;

std::string random_text(std::mt19937_64& random, std::size_t length_max) {
  std::string text(random() % (length_max + 1), '\0');
  for (char& c : text) c = static_cast<char>(random() % 256);
  return text;
}

// Returns true if the quick reader accepts the request. A refused request must not add questions.
bool is_read(Frame frame) {
  std::vector<Question> questions(1);
  const auto asked = decode_questions(frame, questions);
  CHECK(questions.size() == 1 + (asked ? asked->count : 0));
  return asked.has_value();
}

}  // namespace

TEST_CASE("what the encoder writes of questions is read by hand as by the library") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 300; ++round) {
    const bool many = random() % 2 == 0;
    const std::size_t count = many ? 1 + random() % (round % 10 == 0 ? 1'000 : 40) : 1;
    std::vector<std::string> texts(2 * count);
    for (std::string& text : texts) text = random_text(random, 80);
    std::vector<Question> questions(count);
    for (std::size_t i = 0; i < count; ++i) {
      if (random() % 4 != 0) questions[i].token = texts[2 * i];
      questions[i].client = texts[2 * i + 1];
      if (random() % 3 == 0) questions[i].address = ledger::parse_address("192.0.2.7");
      if (random() % 5 == 0) questions[i].address = ledger::parse_address("2001:db8::1");
    }
    const Request request{
        .id = random(),
        .min_position = ledger::Position{random()},
        .body = AskVerdicts{questions, many ? AnswerForm::kVerdicts : AnswerForm::kVerdict}};
    const auto frame = examples::frame_of(request);
    // Append to the questions of an earlier request.
    std::vector<Question> read(random() % 3);
    const std::size_t before = read.size();
    const auto asked = decode_questions(frame, read);
    REQUIRE(asked.has_value());
    REQUIRE(read.size() == before + asked->count);
    RequestDecoder library;
    const auto decoded = library.decode(frame);
    REQUIRE(decoded.ok());
    const AskVerdicts ask{std::span(read).subspan(before), asked->form};
    CHECK(Request{.id = asked->id, .min_position = asked->min_position, .body = ask} == *decoded);
  }
}

TEST_CASE("what is no question is left to the library") {
  for (const auto& [name, frame] : examples::request_frames()) {
    CAPTURE(name);
    CHECK(is_read(frame) == (name.find("Authenticate") == 0));
  }
  CHECK(!is_read({}));
  const std::vector<std::uint64_t> header_alone = {0};
  CHECK(!is_read(header_alone));
}

TEST_CASE("questions that share a long text make no more work than they bring") {
  // Four questions with one shared token that fills nearly the whole frame.
  std::vector<std::uint64_t> content = {
      std::uint64_t{3} << 32 | std::uint64_t{1} << 48,  // the request
      1,
      0,
      1,                                                                         // authenticateMany
      (std::uint64_t{7} << 32 | 1) | std::uint64_t{16} << 35,                    // 16 words of questions
      (std::uint64_t{4} << 2) | std::uint64_t{1} << 32 | std::uint64_t{3} << 48  // four questions
  };
  const std::size_t questions_at = content.size();
  content.resize(questions_at + 16, 0);
  const std::size_t text_at = content.size();
  content.resize(text_at + 64, 0x6161616161616161);
  content.back() = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t pointer = questions_at + 4 * i + 1;
    content[pointer - 1] = 1;
    content[pointer] = (std::uint64_t{text_at - pointer - 1} << 2 | 1) | std::uint64_t{2} << 32 |
                       std::uint64_t{64 * 8} << 35;
  }
  std::vector<std::uint64_t> frame = {std::uint64_t{content.size()} << 32};
  frame.insert(frame.end(), content.begin(), content.end());
  CHECK(!is_read(frame));
}

}  // namespace keyledger::net
