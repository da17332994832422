// Micro-benchmarks of the vocabulary and the codec of the log.
#include <benchmark/benchmark.h>

#include "ledger/codec/record_codec.h"
#include "ledger/merkle.h"
#include "ledger/values/key_digest.h"
#include "ledger/values/token.h"
#include "tools/load/micro_setting.h"

namespace keyledger::tools::load {
namespace {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary that is measured

constexpr std::uint64_t kKeys = 10'000;

void digest_sha256(benchmark::State& state) {
  const std::string token = micro_token(1);
  for (auto _ : state) benchmark::DoNotOptimize(sha256_digest(token));
}

void digest_knox5(benchmark::State& state) {
  const std::string token(64, 'a');
  for (auto _ : state) benchmark::DoNotOptimize(knox5_digest(token));
}

void digest_knox4(benchmark::State& state) {
  const std::string token(64, 'a');
  for (auto _ : state) benchmark::DoNotOptimize(knox4_digest(token));
}

void digest_knox_salted(benchmark::State& state) {
  const std::string token(64, 'a');
  const Salt salt{1, 2, 3, 4, 5, 6, 7, 8};
  for (auto _ : state) benchmark::DoNotOptimize(knox_salted_digest(token, salt));
}

void token_shape_native(benchmark::State& state) {
  const std::string token = micro_token(1);
  for (auto _ : state) benchmark::DoNotOptimize(shape_of(token));
}

void token_shape_mistyped(benchmark::State& state) {
  std::string token = micro_token(1);
  token.back() = token.back() == 'a' ? 'b' : 'a';
  for (auto _ : state) benchmark::DoNotOptimize(shape_of(token));
}

void per_use(benchmark::State& state) {
  state.counters["uses_per_second"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * static_cast<double>(state.range(0)),
                         benchmark::Counter::kIsRate);
}

void encode_uses(benchmark::State& state) {
  const Record record = micro_uses(kKeys, static_cast<std::size_t>(state.range(0)), Position{100'000});
  for (auto _ : state) benchmark::DoNotOptimize(encode_record(record));
  per_use(state);
  state.counters["bytes_per_use"] =
      static_cast<double>(encode_record(record).size()) / static_cast<double>(state.range(0));
}

void decode_uses(benchmark::State& state) {
  const auto bytes =
      encode_record(micro_uses(kKeys, static_cast<std::size_t>(state.range(0)), Position{100'000}));
  for (auto _ : state) benchmark::DoNotOptimize(decode_record(bytes));
  per_use(state);
}

void merkle_leaf(benchmark::State& state) {
  const auto bytes = encode_record(micro_uses(kKeys, 512, Position{100'000}));
  MerkleFrontier frontier;
  std::vector<MerkleNode> completed;
  for (auto _ : state) {
    completed.clear();
    frontier.append(leaf_hash(bytes), completed);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}

}  // namespace

void register_ledger_benchmarks() {
  benchmark::RegisterBenchmark("digest_sha256", digest_sha256);
  benchmark::RegisterBenchmark("digest_knox5", digest_knox5);
  benchmark::RegisterBenchmark("digest_knox4", digest_knox4);
  benchmark::RegisterBenchmark("digest_knox_salted", digest_knox_salted);
  benchmark::RegisterBenchmark("token_shape_native", token_shape_native);
  benchmark::RegisterBenchmark("token_shape_mistyped", token_shape_mistyped);
  benchmark::RegisterBenchmark("encode_uses", encode_uses)->Arg(1)->Arg(50)->Arg(512)->Arg(8'192);
  benchmark::RegisterBenchmark("decode_uses", decode_uses)->Arg(1)->Arg(50)->Arg(512)->Arg(8'192);
  benchmark::RegisterBenchmark("merkle_leaf_of_512_uses", merkle_leaf);
}

}  // namespace keyledger::tools::load
