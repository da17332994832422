// keyledger_fill: makes a ledger full of keys and uses, to measure the size of a ledger and the speed of
// reading.
//
// tools/bench runs this program, and anybody may repeat the figures; no daemon is needed.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <iostream>

#include "ledger/codec/record_codec.h"
#include "ledger/disk/directory.h"
#include "tools/load/fill_log.h"
#include "tools/program/exit_status.h"
#include "tools/program/system.h"

namespace keyledger::tools::load {
namespace {

int fail(const std::string& message) {
  std::cerr << "keyledger_fill: " << message << "\n";
  return program::kExitUnreachable;
}

std::uint64_t bytes_below(const std::filesystem::path& directory) {
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  return bytes;
}

int fill(const std::string& data, const FillPlan& plan) {
  boost::uuids::uuid id{};
  if (!program::draw_randomness({id.data, sizeof id.data}))
    return fail("the operating system returned no random bytes");
  const auto begun = std::chrono::steady_clock::now();
  {
    auto opened = ledger::open_ledger(data, id);
    if (!opened) return fail(opened.error().message());
    ledger::Log& log = (*opened)->log();
    if (log.end().records != 0) return fail(data + " is not empty: name a new directory");
    output::ProgressBar progress(std::cerr, program::standard_error_is_terminal(), program::system_clock(),
                                 {.label = "filling", .unit = "events", .total = plan.uses + 2 * plan.keys});
    const auto filled = fill_log(log, plan, progress);
    progress.clear();
    if (!filled) return fail(filled.error().message());
    if (auto synced = log.sync(); !synced) return fail(synced.error().why.message());
    if (auto noted = (*opened)->note_durable_head((*opened)->index().head()); !noted)
      return fail(noted.error().message());
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begun;
  const std::uint64_t bytes = bytes_below(data);
  std::cout << fmt::format(
      "{{\"keys\": {}, \"uses\": {}, \"uses_per_block\": {}, \"seconds\": {:.1f}, \"bytes\": {}, "
      "\"bytes_per_use\": {:.2f}}}\n",
      plan.keys, plan.uses, plan.uses_per_block, taken.count(), bytes,
      plan.uses == 0 ? 0.0 : static_cast<double>(bytes) / static_cast<double>(plan.uses));
  return program::kExitDone;
}

int run(int argc, char** argv) {
  CLI::App app{"Makes a ledger with many keys and uses, chosen at random by Zipf's law. Run by tools/bench."};
  std::string data;
  FillPlan plan;
  app.add_option("--data", data, "The directory of the new ledger, which must be empty or not exist")
      ->required();
  app.add_option("--keys", plan.keys, "The number of keys")->check(CLI::Range(1, 100'000'000));
  app.add_option("--clients", plan.clients, "The number of clients that the keys are assigned to")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--uses", plan.uses, "The number of uses after the keys");
  app.add_option("--uses-per-block", plan.uses_per_block, "The number of uses in a record")
      ->check(CLI::Range(std::size_t{1}, ledger::kUsesPerNewBlockMax));
  app.add_option("--rate", plan.uses_per_second, "The number of uses a second, in the times of the records")
      ->check(CLI::Range(0.001, 1e9));
  app.add_option("--seed", plan.seed, "The seed of all random choices");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? program::kExitDone : program::kExitUsage;
  }
  return fill(data, plan);
}

}  // namespace
}  // namespace keyledger::tools::load

int main(int argc, char** argv) { return keyledger::tools::load::run(argc, argv); }
