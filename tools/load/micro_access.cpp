// Micro-benchmarks of the hot state: looking up and judging, and folding.
#include <benchmark/benchmark.h>

#include "ledger/values/ensure.h"
#include "projections/state.h"
#include "projections/verdict.h"
#include "tools/load/micro_setting.h"

namespace keyledger::tools::load {
namespace {

using projections::Access;
using projections::Question;

constexpr ledger::Timestamp kMoment{1'900'000'000'000'000};
void judge_all(benchmark::State& state, const std::vector<std::string>& tokens) {
  const Access& access = micro_access(static_cast<std::uint64_t>(state.range(0)));
  std::size_t next = 0;
  for (auto _ : state) {
    const Question question{.token = tokens[next]};
    benchmark::DoNotOptimize(judge(access, question, kMoment));
    if (++next == tokens.size()) next = 0;
  }
}

void judge_known(benchmark::State& state) {
  judge_all(state, micro_tokens(static_cast<std::uint64_t>(state.range(0))));
}

void judge_unknown(benchmark::State& state) {
  std::vector<std::string> tokens;
  for (std::uint64_t i = 0; i < 1'024; ++i) tokens.push_back(micro_token(1'000'000'000 + i));
  judge_all(state, tokens);
}

// Without the digest: the part of a verdict that depends on memory.
void find_digest(benchmark::State& state) {
  const auto keys = static_cast<std::uint64_t>(state.range(0));
  const Access& access = micro_access(keys);
  std::vector<ledger::KeyDigest> digests;
  for (const std::string& token : micro_tokens(keys)) digests.push_back(ledger::sha256_digest(token));
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(access.find_digest(digests[next]));
    if (++next == digests.size()) next = 0;
  }
}

void fold_uses(benchmark::State& state) {
  const auto keys = static_cast<std::uint64_t>(state.range(0));
  Access access = make_micro_access(keys);
  ledger::Record record = micro_uses(keys, 8'192, access.position().next());
  for (auto _ : state) {
    record.position = access.position().next();
    ENSURE(access.apply(record).ok(), "uses follow from the state");
  }
  state.counters["uses_per_second"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * 8'192, benchmark::Counter::kIsRate);
}

// Both halves of the state, as in a replay.
void fold_key_events(benchmark::State& state) {
  const auto keys = static_cast<std::uint64_t>(state.range(0));
  const std::vector<ledger::Record> records = micro_records(keys);
  for (auto _ : state) {
    projections::State folded;
    for (const ledger::Record& record : records) {
      ENSURE(folded.apply(record).ok(), "the records of a benchmark follow from one another");
    }
  }
  state.counters["events_per_second"] = benchmark::Counter(
      static_cast<double>(state.iterations()) * static_cast<double>(keys), benchmark::Counter::kIsRate);
}

}  // namespace

void register_access_benchmarks() {
  benchmark::RegisterBenchmark("judge_known", judge_known)->Arg(10'000)->Arg(1'000'000);
  benchmark::RegisterBenchmark("judge_unknown", judge_unknown)->Arg(10'000)->Arg(1'000'000);
  benchmark::RegisterBenchmark("find_digest", find_digest)->Arg(10'000)->Arg(1'000'000);
  benchmark::RegisterBenchmark("fold_uses", fold_uses)->Arg(10'000)->Arg(1'000'000);
  benchmark::RegisterBenchmark("fold_key_events", fold_key_events)->Arg(10'000);
}

}  // namespace keyledger::tools::load
