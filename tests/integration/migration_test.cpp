// Runs the session in docs/migration.md exactly as written.
#ifndef KEYLEDGER_MEMORY_LOG_ONLY

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/child_process.h"
#include "tests/support/temp_directory.h"

namespace keyledger::tests {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = KEYLEDGER_SOURCE_DIR;

// Returns the fenced block after the mark.
std::string marked_session() {
  std::ifstream in(kRoot / "docs" / "migration.md");
  const std::string document{std::istreambuf_iterator<char>(in), {}};
  const std::string mark = "<!-- session: a test runs this block as it stands -->\n```sh\n";
  const std::size_t begin = document.find(mark);
  REQUIRE(begin != std::string::npos);
  const std::size_t end = document.find("```\n", begin + mark.size());
  REQUIRE(end != std::string::npos);
  return document.substr(begin + mark.size(), end - begin - mark.size());
}

}  // namespace

TEST_CASE("the session in docs/migration.md does what it says, pasted into a shell") {
  const TempDirectory directory;
  const std::string session = "set -eu\ncd '" + kRoot.string() + "'\n" + marked_session();
  const Ending ending =
      run({.path = "/bin/sh",
           .arguments = {"-c", session},
           .environment = {{"PATH", KEYLEDGER_BINARIES ":" + std::string(std::getenv("PATH"))},
                           {"TMPDIR", directory.path().string()}}});
  CAPTURE(ending.out, ending.err);
  CHECK(ending.status == 0);
  std::size_t from = 0;
  for (const char* part :
       {"\"dry_run\": true", "\"keys_active\": 3", "\"keys_added\": 10", "\"keys_added\": 0",
        "\"keys_known\": 10", "\"allowed\": true", "\"reason\": \"not_assigned\"", "denied: exit status 1"}) {
    CAPTURE(part);
    const std::size_t at = ending.out.find(part, from);
    REQUIRE(at != std::string::npos);
    from = at;
  }
}

}  // namespace keyledger::tests

#endif
