#include "net/wire/codec.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "commands/decide.h"
#include "ledger/values/key_digest.h"
#include "ledger/values/utf8.h"
#include "net/service/queries.h"
#include "net/wire/frame.h"
#include "tests/net/wire/examples.h"

namespace keyledger::net {
namespace {

// Maps names of messages to hexadecimal bytes.
std::map<std::string, std::string> golden_lines(const std::string& name_of_file = "wire_v3.txt") {
  std::ifstream file(std::filesystem::path(KEYLEDGER_TEST_DATA) / "golden" / name_of_file);
  std::map<std::string, std::string> lines;
  std::string name;
  std::string hex;
  while (file >> name >> hex) lines[name] = hex;
  return lines;
}

std::string hex_of(Frame frame) {
  const auto bytes = std::as_bytes(frame);
  return ledger::to_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

std::vector<std::uint64_t> unhexed(const std::string& hex) {
  std::vector<std::uint8_t> bytes(hex.size() / 2);
  REQUIRE(ledger::from_hex(hex, bytes));
  std::vector<std::uint64_t> words(bytes.size() / sizeof(std::uint64_t));
  std::memcpy(words.data(), bytes.data(), bytes.size());
  return words;
}

void check_decodes_to(Frame frame, const Request& request) {
  RequestDecoder decoder;
  const auto decoded = decoder.decode(frame);
  if (!decoded) FAIL(decoded.error().message);
  CHECK(*decoded == request);
}

void check_decodes_to(Frame frame, const Response& response) {
  const auto decoded = decode_response(frame);
  if (!decoded) FAIL(decoded.error().message());
  CHECK(*decoded == response);
}

void check_golden(const std::string& name, Frame frame) {
  const auto golden = golden_lines();
  INFO(name << ' ' << hex_of(frame));
  REQUIRE(golden.contains(name));
  CHECK(hex_of(frame) == golden.at(name));
}

// Returns the verdicts of a Judged as a client decodes them.
std::vector<VerdictAnswer> expected_verdicts(const examples::Judged& judged) {
  const auto& access = judged.access();
  const std::string ci = ledger::to_string(access.key(ledger::KeyNumber{1}).key_id.uuid);
  const std::string old = ledger::to_string(access.key(ledger::KeyNumber{2}).key_id.uuid);
  const std::string client = ledger::to_string(access.client(ledger::ClientNumber{1}).client_id.uuid);
  const auto position = access.position();
  return {{.reason = ledger::VerdictReason::kAllowed,
           .position = position,
           .key_id = ci,
           .client_id = client,
           .owner = "ada",
           .account = "0000-0000-0007",
           .reason_name = "allowed",
           .message = std::string(entry_of(ledger::VerdictReason::kAllowed).stranger)},
          {.reason = ledger::VerdictReason::kExpired,
           .lifetime_exceeded = true,
           .expiry = examples::kMoment,
           .position = position,
           .key_id = old,
           .owner = "ada",
           .account = "0000-0000-0007",
           .reason_name = "expired",
           .message = "Invalid token."},
          {.reason = ledger::VerdictReason::kUnknown,
           .position = position,
           .reason_name = "unknown",
           .message = "Invalid token."}};
}

}  // namespace

TEST_CASE("a request of any kind comes back as it was") {
  const auto questions = examples::questions();
  for (const auto& [name, request] : examples::requests(questions)) {
    CAPTURE(name);
    check_decodes_to(examples::frame_of(request), request);
  }
}

TEST_CASE("a response of any kind comes back as it was") {
  for (const auto& [name, response] : examples::responses()) {
    CAPTURE(name);
    check_decodes_to(examples::frame_of(response), response);
  }
}

TEST_CASE("verdicts come back with the names that the state has for them") {
  const examples::Judged judged;
  const auto expected = expected_verdicts(judged);
  check_decodes_to(judged.frame(AnswerForm::kVerdicts, 5), Response{.id = 5, .body = expected});
  check_decodes_to(judged.frame(AnswerForm::kVerdict, 6),
                   Response{.id = 6, .body = std::vector{expected.front()}});
}

TEST_CASE("frames of verdicts stand behind each other, those of no verdict too") {
  const examples::Judged judged;
  const auto verdicts = judged.verdicts();
  VerdictFrames frames;
  std::vector<std::uint64_t> expected;
  std::uint64_t id = 0;
  for (const std::size_t count : {std::size_t{0}, verdicts.size(), std::size_t{1}, std::size_t{0}}) {
    const auto answered = std::span(verdicts).first(count);
    frames.begin(++id, AnswerForm::kVerdicts, count);
    for (const auto& verdict : answered) frames.add(verdict, judged.access());
    Bytes alone;
    encode_verdicts(id, AnswerForm::kVerdicts, answered, judged.access(), alone);
    const auto words = examples::words_of(alone);
    expected.insert(expected.end(), words.begin(), words.end());
    const auto response = decode_response(words);
    REQUIRE(response.ok());
    CHECK(std::get<std::vector<VerdictAnswer>>(response->body).size() == count);
  }
  CHECK(examples::words_of(frames.bytes()) == expected);
}

TEST_CASE("verdicts of long names make their frame grow") {
  tests::Story story;
  const std::string name(1'000, 'u');  // longer than commands allow
  const auto account = story.account(7);
  story.key("ci", story.user(name, account), account);
  const std::string token = tests::Story::token_of("ci");
  const auto verdict = judge(story.access(), projections::Question{.token = token}, examples::kMoment);
  const std::vector<projections::Verdict> verdicts(100, verdict);
  Bytes bytes;
  encode_verdicts(1, AnswerForm::kVerdicts, verdicts, story.access(), bytes);
  const auto response = decode_response(examples::words_of(bytes));
  REQUIRE(response.ok());
  const auto& answers = std::get<std::vector<VerdictAnswer>>(response->body);
  CHECK(answers.size() == verdicts.size());
  CHECK(std::ranges::all_of(answers, [&](const auto& answer) { return answer.owner == name; }));
}

TEST_CASE("a verdict of any reason comes back with its name and what a stranger is told") {
  const examples::Judged judged;
  for (std::size_t number = 0; number < ledger::kVerdictReasons; ++number) {
    const auto reason = static_cast<ledger::VerdictReason>(number);
    const projections::Verdict verdict{.reason = reason};
    Bytes bytes;
    encode_verdicts(1, AnswerForm::kVerdict, std::span(&verdict, 1), judged.access(), bytes);
    const auto response = decode_response(examples::words_of(bytes));
    REQUIRE(response.ok());
    const auto& answer = std::get<std::vector<VerdictAnswer>>(response->body).front();
    CHECK(answer.reason == reason);
    CHECK(answer.reason_name == entry_of(reason).name);
    CHECK(answer.message == entry_of(reason).stranger);
    CHECK(answer.allowed() == (number == 0));
  }
}

TEST_CASE("no verdict tells a stranger why a token was refused, if he could learn from it") {
  using ledger::VerdictReason;
  for (const auto reason : {VerdictReason::kMalformed, VerdictReason::kUnknown, VerdictReason::kDeleted,
                            VerdictReason::kExpired}) {
    CHECK(entry_of(reason).stranger == "Invalid token.");
  }
}

TEST_CASE("as many verdicts as one request may ask for fit into a frame") {
  const examples::Judged judged;
  const std::vector<projections::Verdict> verdicts(kQuestionsPerRequestMax, judged.verdicts().front());
  Bytes bytes;
  encode_verdicts(1, AnswerForm::kVerdicts, verdicts, judged.access(), bytes);
  CHECK(bytes.size() <= kFrameBytesMax);
  const auto response = decode_response(examples::words_of(bytes));
  REQUIRE(response.ok());
  CHECK(std::get<std::vector<VerdictAnswer>>(response->body).size() == verdicts.size());
}

TEST_CASE("a digest of any scheme comes back as it was") {
  auto import = examples::import();
  import.keys.front().digest =
      GENERATE(ledger::sha256_digest("t"), ledger::knox5_digest("t"), ledger::knox4_digest("00ff").value(),
               ledger::knox_salted_digest("00ff", ledger::Salt{9, 8, 7, 6, 5, 4, 3, 2}).value());
  const Request request{.id = 1, .body = RunCommand{.command = import}};
  check_decodes_to(examples::frame_of(request), request);
}

TEST_CASE("text of any bytes comes back as it was on the wire") {
  using namespace std::string_literals;
  const std::string text = GENERATE("é"s, "a\0b"s, "\xff\xfe"s, ""s, std::string(70'000, 'x'));
  const Request request{.id = 1,
                        .body = AskList{.kind = projections::RowKind::kUsers, .name = text.substr(0, 1'024)}};
  check_decodes_to(examples::frame_of(request), request);
  const Response response{.id = 1, .body = Failure{.code = 3'000, .message = text}};
  check_decodes_to(examples::frame_of(response), response);
}

TEST_CASE("ids, positions and times of any value come back as they were") {
  const auto number = GENERATE(as<std::uint64_t>{}, 0, 1, std::numeric_limits<std::uint64_t>::max());
  const auto time = static_cast<std::int64_t>(number ^ (std::uint64_t{1} << 63));
  const Request request{
      .id = number,
      .min_position = ledger::Position{number},
      .body = AskState{.position = ledger::Position{number}, .at = ledger::Timestamp{time}}};
  check_decodes_to(examples::frame_of(request), request);
  CHECK(request_id_of(examples::frame_of(request)) == number);
}

TEST_CASE("frames are appended to what is there already") {
  Bytes bytes;
  const auto questions = examples::questions();
  std::vector<std::uint64_t> expected;
  for (const auto& [name, request] : examples::requests(questions)) {
    encode_request(request, bytes);
    const auto frame = examples::frame_of(request);
    expected.insert(expected.end(), frame.begin(), frame.end());
  }
  CHECK(examples::words_of(bytes) == expected);
}

TEST_CASE("a decoder gives the questions of the last request only") {
  const auto questions = examples::questions();
  const auto many = examples::frame_of(Request{.body = AskVerdicts{questions, AnswerForm::kVerdicts}});
  const auto one =
      examples::frame_of(Request{.body = AskVerdicts{std::span(questions).last(1), AnswerForm::kVerdict}});
  RequestDecoder decoder;
  REQUIRE(decoder.decode(many).ok());
  const auto decoded = decoder.decode(one);
  REQUIRE(decoded.ok());
  CHECK(std::get<AskVerdicts>(decoded->body).questions.size() == 1);
}

TEST_CASE("a refusal and an error are sent with their number, name, message and advice") {
  const Failure refused = failure_of(ledger::Refusal{ledger::RefusalCode::kKeyUnknown, "ci"});
  CHECK(refused.code == 1'010);
  CHECK(refused.name == "key_unknown");
  CHECK(refused.message == "There is no such key: ci");
  CHECK(refused.advice == "List the keys with: keyledger key list");
  CHECK(refused.is_refusal());

  const Failure failed = failure_of(ledger::Error{ledger::ErrorCode::kStopping, ""});
  CHECK(failed.code == 3'015);
  CHECK(failed.name == "stopping");
  CHECK(!failed.advice.empty());
  CHECK(!failed.is_refusal());
}

TEST_CASE("a failure that quotes much is cut, between two characters") {
  const std::string text = GENERATE(std::string(5'000'000, 'x'), std::string(3, 'x'));
  std::string accents;
  for (int i = 0; i < 5'000; ++i) accents += "é";
  for (const std::string& subject : {text, accents, "x" + accents}) {
    const Failure failure = failure_of(ledger::Refusal{ledger::RefusalCode::kKeyUnknown, subject});
    CHECK(failure.message.starts_with("There is no such key: " + subject.substr(0, 3)));
    CHECK(failure.message.size() <= kFailureMessageBytesMax);
    CHECK(ledger::is_text_without_controls(failure.message));
    CHECK(failure.message.ends_with("...") == (subject.size() > kFailureMessageBytesMax));
  }
}

TEST_CASE("the most rows of history in a chunk, with the longest texts, fit into a frame") {
  const std::string name(commands::kNameBytesMax, 'n');
  const projections::HistoryRow longest{.position = ledger::Position{1},
                                        .event = "KeyImported",
                                        .actor = "import " + std::string(kImportSourceBytesMax, 's'),
                                        .origin = "2001:db8:1111:2222:3333:4444:5555:6666",
                                        .reason = std::string(commands::kReasonBytesMax, 'r'),
                                        .account = "0000-0000-0007",
                                        .username = std::string(commands::kUsernameBytesMax, 'u'),
                                        .key_id = std::string(36, 'k'),
                                        .key_name = name,
                                        .client_id = std::string(36, 'c'),
                                        .client_name = name,
                                        .details = {{"scheme", "knox-salted"},
                                                    {"identifier", "****abcd"},
                                                    {"expiry", "2026-11-21T06:14:56.123456Z"},
                                                    {"created", "2026-11-21T06:14:56.123456Z"},
                                                    {"active", "false"}}};
  const Response response{.body = std::vector(kHistoryRowsPerChunkMax, longest)};
  const auto frame = examples::frame_of(response);
  CHECK(frame.size() * sizeof(std::uint64_t) <= kFrameBytesMax);
  check_decodes_to(frame, response);
}

TEST_CASE("the bytes of every request are the golden ones") {
  const auto golden = golden_lines();
  const auto questions = examples::questions();
  for (const auto& [name, request] : examples::requests(questions)) {
    check_golden("request." + name, examples::frame_of(request));
    check_decodes_to(unhexed(golden.at("request." + name)), request);
  }
}

TEST_CASE("the bytes of every response are the golden ones") {
  const auto golden = golden_lines();
  for (const auto& [name, response] : examples::responses()) {
    check_golden("response." + name, examples::frame_of(response));
    check_decodes_to(unhexed(golden.at("response." + name)), response);
  }
  const examples::Judged judged;
  check_golden("response.Verdict", judged.frame(AnswerForm::kVerdict, 80'000));
  check_golden("response.Verdicts", judged.frame(AnswerForm::kVerdicts, 80'001));
  check_decodes_to(unhexed(golden.at("response.Verdicts")),
                   Response{.id = 80'001, .body = expected_verdicts(judged)});
}

// wire_v1.txt has messages from the time before commands, rows and verdicts grew, and wire_v2.txt from the
// time before imports were reported.
TEST_CASE("the messages of older programs are read as they were meant") {
  const std::string version = GENERATE("wire_v1.txt", "wire_v2.txt");
  const auto old = golden_lines(version);
  const auto questions = examples::questions();
  std::size_t read = 0;
  for (auto [name, request] : examples::requests(questions)) {
    const auto line = old.find("request." + name);
    if (line == old.end()) continue;
    const auto decoded = RequestDecoder().decode(unhexed(line->second));
    REQUIRE(decoded.ok());
    request.id = decoded->id;  // follows from the number of the examples
    request.min_position = decoded->min_position;
    check_decodes_to(unhexed(line->second), request);
    ++read;
  }
  for (auto& [name, response] : examples::responses()) {
    const auto line = old.find("response." + name);
    if (line == old.end()) continue;
    auto* stats = std::get_if<Stats>(&response.body);
    if (stats != nullptr && version == "wire_v1.txt") stats->hot_state_bytes = 0;  // new since then
    const auto decoded = decode_response(unhexed(line->second));
    REQUIRE(decoded.ok());
    response.id = decoded->id;
    check_decodes_to(unhexed(line->second), response);
    ++read;
  }
  check_decodes_to(unhexed(old.at("response.Verdicts")),
                   Response{.id = 80'001, .body = expected_verdicts(examples::Judged{})});
  CHECK(read + 2 == old.size());  // Verdicts and Verdict are checked apart
}

TEST_CASE("every kind of message is among the golden ones") {
  std::set<std::size_t> bodies;
  std::set<std::size_t> commands;
  const auto questions = examples::questions();
  for (const auto& [name, request] : examples::requests(questions)) {
    bodies.insert(request.body.index());
    if (const auto* run = std::get_if<RunCommand>(&request.body)) commands.insert(run->command.index());
  }
  CHECK(bodies.size() == std::variant_size_v<RequestBody>);
  CHECK(commands.size() + 1 == std::variant_size_v<commands::Command>);  // RefreshKeys is never sent

  std::set<std::size_t> answers;
  for (const auto& [name, response] : examples::responses()) answers.insert(response.body.index());
  CHECK(answers.size() + 1 == std::variant_size_v<ResponseBody>);  // verdicts are not in responses()
  CHECK(golden_lines().size() == examples::request_frames().size() + examples::response_frames().size());
}

}  // namespace keyledger::net
