// tools/quickstart with the programs of this build.
#ifndef KEYLEDGER_MEMORY_LOG_ONLY

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "tests/support/child_process.h"
#include "tests/support/temp_directory.h"

namespace keyledger::tests {
namespace {

namespace fs = std::filesystem;

Program quickstart(std::vector<std::string> arguments) {
  return {.path = fs::path(KEYLEDGER_SOURCE_DIR) / "tools" / "quickstart", .arguments = std::move(arguments)};
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("tools/quickstart leads through a session and ends with 0") {
  const TempDirectory directory;
  const fs::path place = directory / "q";
  const Ending ending =
      run(quickstart({"--bin", KEYLEDGER_BINARIES, "--dir", place.string(), "--exit-stop"}));
  CAPTURE(ending.out, ending.err);
  CHECK(ending.status == 0);
  CHECK(contains(ending.err, "The live state at position "));
  CHECK(ending.err.ends_with(" agrees.\n"));
  CHECK(std::count(ending.err.begin(), ending.err.end(), '\n') == 1);
  std::size_t from = 0;
  for (const char* part : {
           "== A daemon on a fresh ledger",
           "== Keys from Django Knox go on working",
           "keys_added",
           "58 of 58 verdicts as Knox gives them",
           "== A new key for a client",
           "$ keyledger assign --key production --client chat_bot",
           "allowed      yes",
           "has_active_key  yes",
           "== The key leaks, and is refused at once",
           "Api key is not activated.",
           "(exit status 1)",
           "has_active_key  no",
           "== Who could, who did, and why",
           "KeyDeactivated",
           "leaked in a log",
           "UseDenied",
           "== The state as it was before, and as it is",
           " active ",
           " inactive ",
           "== The log, folded again from its first event, gives the same state",
           "root_agrees        yes",
       }) {
    CAPTURE(part);
    const std::size_t at = ending.out.find(part, from);
    REQUIRE(at != std::string::npos);
    from = at;
  }
  CHECK(!contains(ending.out, "kl_"));
  CHECK(!fs::exists(place / "keyledgerd.pid"));
  CHECK(!fs::exists(place / "ledger" / "keyledger.sock"));
}

TEST_CASE("tools/quickstart keeps away from what it has not made, and says what it does not know") {
  const TempDirectory directory;
  fs::create_directory(directory / "thesis");
  const Ending full = run(quickstart({"--bin", KEYLEDGER_BINARIES, "--dir", directory.path().string()}));
  CHECK(full.status == 1);
  CHECK(contains(full.err, directory.path().string() + " holds things that are not an earlier run's"));
  CHECK(fs::exists(directory / "thesis"));
  const Ending unknown = run(quickstart({"--frobnicate"}));
  CHECK(unknown.status == 2);
  CHECK(contains(unknown.err, "there is no option --frobnicate"));
  const Ending nothing =
      run(quickstart({"--bin", directory.path().string(), "--dir", (directory / "q").string()}));
  CHECK(nothing.status == 1);
  CHECK(contains(nothing.err, "there is no program"));
  const std::string deep = (directory / std::string(100, 'x')).string();
  CHECK(contains(run(quickstart({"--dir", deep})).err, "choose a shorter place with --dir"));
}

}  // namespace keyledger::tests

#endif
