// Runs the sessions in docs/migration.md exactly as written.
#ifndef KEYLEDGER_MEMORY_LOG_ONLY

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/support/child_process.h"
#include "tests/support/temp_directory.h"

namespace keyledger::tests {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = KEYLEDGER_SOURCE_DIR;

std::string document() {
  std::ifstream in(kRoot / "docs" / "migration.md");
  return {std::istreambuf_iterator<char>(in), {}};
}

// Returns the fenced block after the first `mark` at or after the text `from`.
std::string block_after(const std::string& mark, const std::string& from) {
  const std::string text = document();
  const std::size_t begin = text.find(mark, text.find(from));
  REQUIRE(begin != std::string::npos);
  const std::size_t content = text.find('\n', begin + mark.size()) + 1;
  const std::size_t end = text.find("```\n", content);
  REQUIRE(end != std::string::npos);
  return text.substr(content, end - content);
}

const std::string kSession = "<!-- session: a test runs this block as it stands -->\n";

// Runs the session after the heading in a shell, and looks for the parts in its output, one after the other.
void run_session(const std::string& heading, const std::vector<std::string>& parts) {
  const TempDirectory directory;
  const std::string session = "set -eu\ncd '" + kRoot.string() + "'\n" + block_after(kSession, heading);
  const Ending ending =
      run({.path = "/bin/sh",
           .arguments = {"-c", session},
           .environment = {{"PATH", KEYLEDGER_BINARIES ":" + std::string(std::getenv("PATH"))},
                           {"TMPDIR", directory.path().string()}}});
  CAPTURE(ending.out, ending.err);
  CHECK(ending.status == 0);
  std::size_t from = 0;
  for (const std::string& part : parts) {
    CAPTURE(part);
    const std::size_t at = ending.out.find(part, from);
    REQUIRE(at != std::string::npos);
    from = at + 1;
  }
}

}  // namespace

TEST_CASE("the session in docs/migration.md does what it says, pasted into a shell") {
  run_session("## The session", {"\"dry_run\": true", "\"keys_active\": 3", "\"keys_added\": 10",
                                 "\"keys_added\": 0", "\"keys_known\": 10", "\"allowed\": true",
                                 "\"reason\": \"not_assigned\"", "denied: exit status 1"});
}

TEST_CASE("A7: the session for keys of other systems in docs/migration.md does what it says") {
  std::ifstream in(kRoot / "tests/data/foreign-keys.jsonl");
  const std::string file{std::istreambuf_iterator<char>(in), {}};
  CHECK(block_after("<!-- file: tests/data/foreign-keys.jsonl -->\n", "## From anything else") == file);
  run_session(
      "## From anything else",
      {"\"command\": \"key.import\"", "\"result\": \"done\"", "\"result\": \"unchanged\"",
       "the account, the user and the client are there", "\"allowed\": true", "\"allowed\": true",
       "\"allowed\": true", "\"allowed\": true", "\"reason\": \"not_assigned\"", "denied: exit status 1"});
}

}  // namespace keyledger::tests

#endif
