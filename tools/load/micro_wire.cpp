// Micro-benchmarks of the wire: requests in, verdicts out.
#include <benchmark/benchmark.h>

#include <cstring>

#include "net/wire/codec.h"
#include "projections/verdict.h"
#include "tools/load/micro_setting.h"

namespace keyledger::tools::load {
namespace {

constexpr std::uint64_t kKeys = 10'000;
constexpr ledger::Timestamp kMoment{1'900'000'000'000'000};

net::AnswerForm form_of(std::size_t questions) {
  return questions == 1 ? net::AnswerForm::kVerdict : net::AnswerForm::kVerdicts;
}

std::vector<std::uint64_t> request_of(std::size_t count) {
  std::vector<std::string> tokens;
  std::vector<projections::Question> questions;
  for (std::size_t i = 0; i < count; ++i) tokens.push_back(micro_token(i + 1));
  for (const std::string& token : tokens) questions.push_back({.token = token});
  net::Bytes bytes;
  net::encode_request({.id = 7, .body = net::AskVerdicts{.questions = questions, .form = form_of(count)}},
                      bytes);
  std::vector<std::uint64_t> words(bytes.size() / sizeof(std::uint64_t));
  std::memcpy(words.data(), bytes.data(), bytes.size());
  return words;
}

// Decodes with the daemon's codec for questions, and with the codec for all requests.
void decode_questions(benchmark::State& state) {
  const std::vector<std::uint64_t> frame = request_of(static_cast<std::size_t>(state.range(0)));
  std::vector<projections::Question> questions;
  for (auto _ : state) {
    questions.clear();
    benchmark::DoNotOptimize(net::decode_questions(frame, questions));
  }
}

void decode_request(benchmark::State& state) {
  const std::vector<std::uint64_t> frame = request_of(static_cast<std::size_t>(state.range(0)));
  net::RequestDecoder decoder;
  for (auto _ : state) benchmark::DoNotOptimize(decoder.decode(frame));
}

void encode_verdicts(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const projections::Access& access = micro_access(kKeys);
  std::vector<projections::Verdict> verdicts;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string token = micro_token(i + 1);
    verdicts.push_back(judge(access, projections::Question{.token = token}, kMoment));
  }
  net::Bytes out;
  for (auto _ : state) {
    out.clear();
    net::encode_verdicts(7, form_of(count), verdicts, access, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.counters["bytes_per_verdict"] = static_cast<double>(out.size()) / static_cast<double>(count);
}

}  // namespace

void register_wire_benchmarks() {
  benchmark::RegisterBenchmark("decode_questions", decode_questions)->Arg(1)->Arg(256);
  benchmark::RegisterBenchmark("decode_request", decode_request)->Arg(1)->Arg(256);
  benchmark::RegisterBenchmark("encode_verdicts", encode_verdicts)->Arg(1)->Arg(256);
}

}  // namespace keyledger::tools::load
