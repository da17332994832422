// Decoding of frames that no encoder wrote.
#include <capnp/message.h>

#include <catch2/catch.hpp>
#include <functional>
#include <random>

#include "net/wire/codec.h"
#include "net/wire/support.h"
#include "net/wire/wire.capnp.h"
#include "tests/net/wire/examples.h"
#include "tests/net/wire/requests_by_hand.h"
#include "tests/support/seed.h"

namespace keyledger::net {
namespace {

using ledger::ErrorCode;

// If the quick reader accepts a frame, the library must read the same questions.
void check_questions_agree(const Words& frame, const ledger::Result<Request, Failure>& decoded) {
  std::vector<projections::Question> questions;
  const auto asked = decode_questions(frame, questions);
  CHECK(questions.size() == (asked ? asked->count : 0));
  if (!asked) return;
  REQUIRE(decoded.ok());
  const AskVerdicts ask{questions, asked->form};
  CHECK(*decoded == Request{.id = asked->id, .min_position = asked->min_position, .body = ask});
}

// Checks a decoded request by encoding and decoding the request again. Fields of a later version would be
// lost, but no test here writes fields of a later version.
void check_request_sound_or_refused(const Words& frame) {
  RequestDecoder decoder;
  const auto decoded = decoder.decode(frame);
  request_id_of(frame);
  check_questions_agree(frame, decoded);
  if (!decoded) {
    CHECK(ledger::find_code(decoded.error().code) != nullptr);
    CHECK(!decoded.error().message.empty());
    return;
  }
  RequestDecoder second;
  const Words written = examples::frame_of(*decoded);
  const auto again = second.decode(written);
  REQUIRE(again.ok());
  CHECK(*again == *decoded);
}

void check_response_sound_or_refused(const Words& frame) {
  const auto decoded = decode_response(frame);
  if (!decoded) {
    CHECK(decoded.error().code == ErrorCode::kProtocol);
    CHECK(!decoded.error().detail.empty());
    return;
  }
  if (const auto* verdicts = std::get_if<std::vector<VerdictAnswer>>(&decoded->body)) {
    for (const auto& verdict : *verdicts) {
      CHECK(static_cast<std::size_t>(verdict.reason) < ledger::kVerdictReasons);
    }
    return;
  }
  const auto again = decode_response(examples::frame_of(*decoded));
  REQUIRE(again.ok());
  CHECK(*again == *decoded);
}

void check_sound_or_refused(const Words& frame) {
  check_request_sound_or_refused(frame);
  check_response_sound_or_refused(frame);
}

std::vector<Words> all_frames() {
  std::vector<Words> all;
  for (auto& [name, frame] : examples::request_frames()) all.push_back(std::move(frame));
  for (auto& [name, frame] : examples::response_frames()) all.push_back(std::move(frame));
  return all;
}

Words response_with(const std::function<void(wire::Response::Builder)>& fill) {
  capnp::MallocMessageBuilder message;
  fill(message.initRoot<wire::Response>());
  return frame_of(message);
}

void check_response_refused(const Words& frame, const std::string& what) {
  const auto decoded = decode_response(frame);
  REQUIRE(!decoded.ok());
  CHECK(decoded.error().code == ErrorCode::kProtocol);
  CHECK_THAT(decoded.error().detail, Catch::Contains(what));
}

// ---- Frames word by word (see the encoding chapter of Cap'n Proto's documentation) ----

std::uint64_t struct_pointer(std::int32_t offset, std::uint16_t data_words, std::uint16_t pointers) {
  return std::uint64_t{static_cast<std::uint32_t>(offset) << 2} | std::uint64_t{data_words} << 32 |
         std::uint64_t{pointers} << 48;
}

constexpr std::uint64_t kBytes = 2;
constexpr std::uint64_t kPointers = 6;
constexpr std::uint64_t kStructs = 7;

std::uint64_t list_pointer(std::int32_t offset, std::uint64_t elements, std::uint32_t count) {
  return (std::uint64_t{static_cast<std::uint32_t>(offset) << 2} | 1) | elements << 32 |
         std::uint64_t{count} << 35;
}

// The tag before the elements has the size of the structs.
std::uint64_t struct_list_pointer(std::int32_t offset, std::uint32_t words) {
  return list_pointer(offset, kStructs, words);
}

std::uint64_t struct_list_tag(std::uint32_t count, std::uint16_t data_words, std::uint16_t pointers) {
  return struct_pointer(static_cast<std::int32_t>(count), data_words, pointers);
}

std::uint64_t far_pointer(std::uint32_t segment, std::uint32_t word) {
  return (std::uint64_t{word} << 3 | 2) | std::uint64_t{segment} << 32;
}

Words in_one_segment(Words content) {
  content.insert(content.begin(), std::uint64_t{content.size()} << 32);
  return content;
}

// Returns the data words of a root struct with this member of the union.
constexpr std::uint16_t kRequestDataWords = 3;
constexpr std::uint16_t kResponseDataWords = 2;

}  // namespace

TEST_CASE("a frame with any one bit flipped is refused or sound") {
  for (const Words& frame : all_frames()) {
    for (std::size_t bit = 0; bit < frame.size() * 64; ++bit) {
      Words flipped = frame;
      flipped[bit / 64] ^= std::uint64_t{1} << bit % 64;
      check_sound_or_refused(flipped);
    }
  }
}

TEST_CASE("a frame that is cut short anywhere, or goes on, is refused or sound") {
  for (const Words& frame : all_frames()) {
    for (std::size_t size = 0; size < frame.size(); ++size) {
      check_sound_or_refused(Words(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size)));
    }
    Words longer = frame;
    longer.insert(longer.end(), {0, 1, 2});
    check_sound_or_refused(longer);
  }
}

TEST_CASE("a frame with several bytes changed by chance is refused or sound") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (const Words& frame : all_frames()) {
    for (int round = 0; round < 1'000; ++round) {
      Words changed = frame;
      for (std::uint64_t n = random() % 6 + 1; n > 0; --n) {
        // Mostly small values, because small values look like pointers, counts and union members.
        const std::uint64_t byte = random() % 2 == 0 ? random() % 8 : random() % 256;
        const auto shift = 8 * (random() % 8);
        std::uint64_t& word = changed[random() % changed.size()];
        word = (word & ~(std::uint64_t{0xff} << shift)) | byte << shift;
      }
      check_sound_or_refused(changed);
    }
  }
}

TEST_CASE("words by chance are refused or sound") {
  const std::uint64_t seed = tests::test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const auto small = [&] { return static_cast<std::uint16_t>(random() % 7); };
  for (int round = 0; round < 10'000; ++round) {
    Words words(random() % 30);
    for (std::uint64_t& word : words) {
      const std::uint64_t kind = random() % 4;
      const std::int32_t offset = small() - 2;
      if (kind == 0) word = random();
      if (kind == 1) word = random() % 16;
      if (kind == 2) word = struct_pointer(offset, small(), small());
      if (kind == 3) word = struct_list_pointer(offset, small());
    }
    if (random() % 2 == 0) words = in_one_segment(std::move(words));
    check_sound_or_refused(words);
  }
}

TEST_CASE("a frame whose header tells another size than it has is refused or sound") {
  const Words frame = all_frames().front();
  for (const std::uint64_t header : {std::uint64_t{0}, std::uint64_t{0xffffffff} << 32, ~std::uint64_t{0},
                                     std::uint64_t{0xffffffff}, std::uint64_t{1} | std::uint64_t{9} << 32}) {
    Words changed = frame;
    changed.front() = header;
    check_sound_or_refused(changed);
  }
}

TEST_CASE("a message without a root asks about nobody, as every field's default does") {
  RequestDecoder decoder;
  const Words frame = in_one_segment({0});
  const auto decoded = decoder.decode(frame);
  REQUIRE(decoded.ok());
  const auto& asked = std::get<AskVerdicts>(decoded->body);
  REQUIRE(asked.questions.size() == 1);
  CHECK(asked.questions.front() == projections::Question{});
  CHECK(!decode_response(in_one_segment({})).ok());
}

TEST_CASE("far pointers to nowhere, to themselves and in circles are refused") {
  RequestDecoder decoder;
  for (const Words& content :
       {Words{far_pointer(0, 0)}, Words{far_pointer(0, 1), far_pointer(0, 0)}, Words{far_pointer(7, 0)},
        Words{far_pointer(0, 9)}, Words{far_pointer(0, 0) | 4}, Words{far_pointer(0, 0x1fffffff) | 4}}) {
    const Words frame = in_one_segment(content);
    CHECK(!decoder.decode(frame).ok());
    CHECK(!decode_response(frame).ok());
    CHECK(request_id_of(frame) == 0);
  }
}

TEST_CASE("a pointer that leads back to where it stands is not followed for ever") {
  for (std::uint64_t member = 0; member < 10; ++member) {
    check_sound_or_refused(in_one_segment(
        {struct_pointer(0, kResponseDataWords, 1), 1, member << 16, struct_pointer(-1, 0, 1)}));
    check_sound_or_refused(in_one_segment(
        {struct_pointer(0, kRequestDataWords, 1), 1, 0, member, struct_pointer(-4, kRequestDataWords, 1)}));
  }
}

TEST_CASE("a list that claims more than the frame holds is refused") {
  check_sound_or_refused(
      in_one_segment({struct_pointer(0, kRequestDataWords, 1), 1, 0, std::uint64_t{1},
                      struct_list_pointer(0, 0x1fffffff), struct_list_tag(0x1fffffff, 1, 1)}));
  RequestDecoder decoder;
  CHECK(!decoder
             .decode(in_one_segment({struct_pointer(0, kRequestDataWords, 1), 1, 0, std::uint64_t{1},
                                     struct_list_pointer(0, 0x1fffffff), struct_list_tag(0x1fffffff, 1, 1)}))
             .ok());
}

TEST_CASE("questions without any bytes are counted as if they had some") {
  const auto frame_asking = [](std::uint32_t questions) {
    return in_one_segment({struct_pointer(0, kRequestDataWords, 1), 1, 0, std::uint64_t{1},
                           struct_list_pointer(0, 0), struct_list_tag(questions, 0, 0)});
  };
  RequestDecoder decoder;
  const Words some = frame_asking(1'000);
  const auto decoded = decoder.decode(some);
  REQUIRE(decoded.ok());
  CHECK(std::get<AskVerdicts>(decoded->body).questions.size() == 1'000);
  check_request_refused(frame_asking(2'000), "protocol", "damaged");
  check_request_refused(frame_asking(0x1fffffff), "protocol", "damaged");
}

TEST_CASE("one request asks so many questions and no more") {
  const std::vector<projections::Question> questions(kQuestionsPerRequestMax + 1, {.token = "t"});
  const auto frame_asking = [&](std::size_t count) {
    return examples::frame_of(
        Request{.body = AskVerdicts{std::span(questions).first(count), AnswerForm::kVerdicts}});
  };
  RequestDecoder decoder;
  const Words most = frame_asking(kQuestionsPerRequestMax);
  CHECK(decoder.decode(most).ok());
  check_request_refused(frame_asking(kQuestionsPerRequestMax + 1), "too_large", "16384 items");
}

TEST_CASE("a response has no more rows and verdicts than it has words") {
  // Otherwise a few words could make a client allocate gigabytes.
  const auto member =
      GENERATE(std::uint64_t{2}, std::uint64_t{5}, std::uint64_t{6});  // verdicts, rows, history
  constexpr std::uint32_t kMany = 1'000'000;
  Words content{struct_pointer(0, kResponseDataWords, 1), 1, member << 16};
  if (member == 5) content.push_back(struct_pointer(0, 1, 1)), content.push_back(0);
  content.push_back(struct_list_pointer(0, 0));
  content.push_back(struct_list_tag(kMany, 0, 0));
  check_response_refused(in_one_segment(content), "");
}

TEST_CASE("many pointers to one text do not make a small frame a large message") {
  constexpr std::uint32_t kTags = 10'000;
  constexpr std::uint32_t kTextWords = std::uint32_t{1} << 13;
  Words content{struct_pointer(0, kRequestDataWords, 1), 1, 0, 3};                             // a command
  content.insert(content.end(), {struct_pointer(0, 1, 3), 3, 0, 0, struct_pointer(0, 2, 6)});  // CreateKey
  content.insert(content.end(), {0, 0, 0, 0, 0, 0, list_pointer(1, kPointers, kTags), 0});
  for (std::uint32_t tag = 0; tag < kTags; ++tag) {
    content.push_back(list_pointer(static_cast<std::int32_t>(kTags - tag - 1), kBytes, kTextWords * 8));
  }
  content.resize(content.size() + kTextWords, 0x2020202020202020);
  content.back() &= ~std::uint64_t{0} >> 8;
  check_request_refused(in_one_segment(std::move(content)), "too_large", "tags");
}

TEST_CASE("a verdict or a digest that cannot be is refused") {
  check_response_refused(
      response_with([](auto response) { response.initVerdict().setReason(ledger::kVerdictReasons); }),
      "unknown reason");
  check_response_refused(response_with([](auto response) { response.initVerdict().initKeyId(15); }),
                         "16 bytes");
  check_response_refused(response_with([](auto response) { response.initVerdict().initClientId(17); }),
                         "16 bytes");
  check_response_refused(response_with([](auto response) { response.initStats().initRootHash(31); }),
                         "32 bytes");
  check_response_refused(response_with([](auto response) { response.initStateDigest(); }), "32 bytes");
  check_response_refused(
      response_with([](auto response) { response.initDone().initSecret(ledger::Secret::kLengthMax + 1); }),
      "secret");
}

TEST_CASE("a status of a key that is not known does not read as active") {
  const auto response = decode_response(
      response_with([](auto out) { out.initRows().initRows(1)[0].initKey().setStatus(200); }));
  REQUIRE(response.ok());
  const auto& row = std::get<RowsAnswer>(response->body).rows.front();
  CHECK(std::get<projections::KeyRow>(row).status == projections::KeyStatus::kInactive);
}

}  // namespace keyledger::net
