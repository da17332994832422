// tools/bench without a rival: options, output, and cleaning up.
#ifndef KEYLEDGER_MEMORY_LOG_ONLY

#include <signal.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/support/daemon_process.h"
#include "tests/support/temp_directory.h"

namespace keyledger::tests {
namespace {

namespace fs = std::filesystem;

Program bench(std::vector<std::string> arguments) {
  return {.path = fs::path(KEYLEDGER_SOURCE_DIR) / "tools" / "bench", .arguments = std::move(arguments)};
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n');
  const std::size_t begin = text.rfind('\n', end);
  return text.substr(begin + 1, end - begin);
}

}  // namespace

TEST_CASE("tools/bench says what it measures") {
  const Ending ending = run(bench({"--help"}));
  CHECK(ending.status == 0);
  CHECK(ending.err.empty());
  for (const char* what : {"auth", "batch", "create", "replay", "start", "past", "disk", "memory", "flood",
                           "mixed", "scale", "incumbent", "micro", "all", "--quick", "--json"}) {
    CAPTURE(what);
    CHECK(contains(ending.out, std::string("  ") + what + " "));
  }
}

TEST_CASE("tools/bench measures nothing if it was told wrongly") {
  struct Wrong {
    std::vector<std::string> arguments;
    std::string complaint;
  };
  const Wrong wrong = GENERATE(values<Wrong>({
      {{}, "say what is to be measured"},
      {{"luck"}, "there is nothing to measure that is called luck"},
      {{"auth", "batch"}, "one thing at a time, or all: not auth and batch"},
      {{"auth", "--loud"}, "there is no option --loud"},
      {{"auth", "--keys"}, "--keys takes a value"},
      {{"auth", "--keys", "many"}, "--keys takes a number up to 99999999, not 'many'"},
      {{"auth", "--keys", "0"}, "--keys takes a number up to 99999999, not '0'"},
      {{"auth", "--keys", "-5"}, "--keys takes a number up to 99999999, not '-5'"},
      {{"auth", "--readme"}, "--readme is for all"},
  }));
  CAPTURE(wrong.complaint);
  const Ending ending = run(bench(wrong.arguments));
  CHECK(ending.status == 2);
  CHECK(ending.out.empty());
  CHECK(ending.err.starts_with("tools/bench: " + wrong.complaint + "\n\nusage: tools/bench WHAT"));
}

TEST_CASE("tools/bench has a target last, keeps what it measured as JSON, and leaves nothing behind") {
  const TempDirectory directory;
  const fs::path place = directory / "place";
  fs::create_directory(place);
  const std::string json_file = (directory / "json").string();
  const Ending ending = run(bench({"start", "--quick", "--keys", "1000", "--bin", KEYLEDGER_BINARIES, "--dir",
                                   place.string(), "--json", json_file}));
  CAPTURE(ending.out, ending.err);
  REQUIRE(ending.status == 0);
  CHECK(contains(ending.out, "machine: processor "));
  CHECK(contains(ending.out, "to its first verdict, with a snapshot, 1,000 keys, seconds | "));
  const std::string figure = last_line(ending.out);
  CHECK(figure.starts_with("start_seconds "));
  CHECK(figure.ends_with(" 3"));
  CHECK(fs::is_empty(place));

  std::ifstream in(json_file);
  const auto json = parse_json({std::istreambuf_iterator<char>(in), {}});
  CHECK(json.at("machine").as_object().contains("processor"));
  CHECK(json.at("versions").as_object().contains("keyledger"));
  CHECK(json.at("configuration").at("keys") == 1'000);
  const auto& figures = json.at("figures").as_array();
  REQUIRE(figures.size() == 2);
  CHECK(figures[0].at("name") == "start_without_snapshot_seconds");
  CHECK(figures[1].at("name") == "start_seconds");
  CHECK(figures[1].at("target") == 3);
  CHECK(figures[1].at("met").is_bool());
  const auto& samples = json.at("samples").as_array();
  CHECK(std::any_of(samples.begin(), samples.end(), [](const boost::json::value& sample) {
    return sample.at("field") == "seconds" && sample.at("values").as_array().size() == 3;
  }));
}

TEST_CASE("tools/bench that is interrupted ends what it started") {
  const TempDirectory directory;
  const fs::path place = directory / "place";
  fs::create_directory(place);
  ChildProcess process(
      bench({"start", "--quick", "--keys", "1000", "--bin", KEYLEDGER_BINARIES, "--dir", place.string()}));
  constexpr int kLookAgainMs = 5;
  // Wait for the ledger's marker: then a daemon is running.
  const auto has_ledger = [&] {
    std::error_code vanished;
    fs::recursive_directory_iterator entry(place, vanished);
    for (; !vanished && entry != fs::recursive_directory_iterator(); entry.increment(vanished)) {
      if (entry->path().filename() == "LEDGER") return true;
    }
    return false;
  };
  while (!has_ledger()) REQUIRE(!process.has_ended_within(kLookAgainMs));
  process.send_signal(SIGTERM);
  const Ending ending = process.wait();
  CHECK(ending.status == 143);
  CHECK(fs::is_empty(place));
}

}  // namespace keyledger::tests

#endif
