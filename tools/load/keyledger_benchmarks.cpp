// keyledger_benchmarks: measures parts of the path of a verdict with Google Benchmark, and takes the options
// of Google Benchmark. Built with -DKEYLEDGER_BENCHMARKS=ON; run by tools/bench micro.
#include <benchmark/benchmark.h>

#include "tools/load/micro_setting.h"
#include "tools/program/exit_status.h"

int main(int argc, char** argv) {
  using namespace keyledger::tools::load;  // NOLINT(google-build-using-namespace): main alone stands outside
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return keyledger::tools::program::kExitUsage;
  register_ledger_benchmarks();
  register_access_benchmarks();
  register_wire_benchmarks();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return keyledger::tools::program::kExitDone;
}
