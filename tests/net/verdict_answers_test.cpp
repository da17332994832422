#include "net/verdict_answers.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

#include "net/wire/frame.h"
#include "projections/access.h"

namespace keyledger::net {
namespace {

using ledger::Error;
using ledger::ErrorCode;

struct Setting {
  // Gives the answers `count` verdicts, each of an unknown token.
  void judge(std::size_t count) {
    const std::vector<projections::Verdict> verdicts(count);
    answers.judged(verdicts, access);
  }

  // Takes the answers out of the output and decodes them.
  std::vector<Response> sent() {
    std::vector<Response> all;
    FrameBuffer input;
    auto unsent = output.unsent();
    while (!unsent.empty()) {
      const auto room = input.prepare();
      const std::size_t size = std::min(room.size(), unsent.size());
      std::memcpy(room.data(), unsent.data(), size);
      input.commit(size);
      unsent = unsent.subspan(size);
      for (auto frame = input.next(); frame.ok() && frame->has_value(); frame = input.next()) {
        auto response = decode_response(**frame);
        if (!response) FAIL(response.error().message());
        all.push_back(std::move(*response));
      }
    }
    output.forget();
    return all;
  }

  std::vector<std::uint64_t> sent_ids() {
    std::vector<std::uint64_t> ids;
    for (const Response& response : sent()) ids.push_back(response.id);
    return ids;
  }

  projections::Access access;
  VerdictAnswers answers;
  OutputBuffer output;
};

using Ids = std::vector<std::uint64_t>;

std::size_t verdicts_in(const Response& response) {
  return std::get<std::vector<VerdictAnswer>>(response.body).size();
}

}  // namespace

TEST_CASE("verdicts fill the answers of their requests, however they are cut") {
  Setting setting;
  setting.answers.expect(1, AnswerForm::kVerdict, 1);
  setting.answers.expect(2, AnswerForm::kVerdicts, 3);
  setting.answers.expect(3, AnswerForm::kVerdicts, 0);
  setting.answers.expect(4, AnswerForm::kVerdict, 1);
  CHECK(setting.answers.pending() == 5);
  setting.judge(2);
  setting.judge(0);
  setting.judge(3);
  setting.answers.release(setting.output);
  const auto sent = setting.sent();
  REQUIRE(sent.size() == 4);
  CHECK(sent[0].id == 1);
  CHECK(verdicts_in(sent[1]) == 3);
  CHECK(verdicts_in(sent[2]) == 0);
  CHECK(sent[3].id == 4);
  CHECK(setting.answers.empty());
  CHECK(setting.answers.pending() == 0);
}

TEST_CASE("answers follow the output that has not been sent yet") {
  Setting setting;
  encode_response({.id = 9, .body = failure_of(Error{ErrorCode::kOverloaded, ""})}, setting.output.bytes());
  setting.answers.expect(1, AnswerForm::kVerdicts, 0);
  setting.answers.release(setting.output);
  CHECK(setting.sent_ids() == Ids{9, 1});
}

TEST_CASE("if the uses cannot be written, every request has a failure and no verdict") {
  Setting setting;
  setting.answers.expect(1, AnswerForm::kVerdict, 1);
  setting.answers.expect(2, AnswerForm::kVerdicts, 2);
  setting.judge(3);
  setting.answers.fail(Error{ErrorCode::kWriteFailed, ""}, setting.output);
  const auto sent = setting.sent();
  REQUIRE(sent.size() == 2);
  for (const Response& response : sent) CHECK(std::holds_alternative<Failure>(response.body));
  CHECK(setting.answers.empty());
}

TEST_CASE("answers that are held leave one hold after the other, the oldest first") {
  Setting setting;
  setting.answers.expect(1, AnswerForm::kVerdict, 1);
  setting.judge(1);
  setting.answers.hold();
  setting.answers.expect(2, AnswerForm::kVerdict, 1);
  setting.judge(1);
  setting.answers.hold();
  CHECK(!setting.answers.has_pending());
  CHECK(!setting.answers.empty());
  CHECK(setting.answers.held_bytes() > 0);
  CHECK(setting.output.empty());
  setting.answers.end_hold({}, setting.output);
  CHECK(setting.sent_ids() == Ids{1});
  setting.answers.end_hold(Error{ErrorCode::kWriteFailed, ""}, setting.output);
  const auto sent = setting.sent();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].id == 2);
  CHECK(std::holds_alternative<Failure>(sent[0].body));
  CHECK(setting.answers.empty());
  CHECK(setting.answers.held_bytes() == 0);
}

TEST_CASE("answers that are dropped leave nothing, and the next requests are answered") {
  Setting setting;
  setting.answers.expect(1, AnswerForm::kVerdict, 1);
  setting.judge(1);
  setting.answers.drop();
  CHECK(setting.answers.empty());
  setting.answers.expect(2, AnswerForm::kVerdict, 1);
  setting.judge(1);
  setting.answers.release(setting.output);
  CHECK(setting.sent_ids() == Ids{2});
}

}  // namespace keyledger::net
