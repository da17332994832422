// Runs the session in README.md exactly as written.
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

// Returns the fenced blocks after the marks, in order.
std::vector<std::string> marked_sessions() {
  std::ifstream in(kRoot / "README.md");
  const std::string readme{std::istreambuf_iterator<char>(in), {}};
  const std::string mark = "<!-- session: a test runs this block as it stands -->\n```sh\n";
  std::vector<std::string> sessions;
  for (std::size_t at = readme.find(mark); at != std::string::npos; at = readme.find(mark, at)) {
    at += mark.size();
    const std::size_t end = readme.find("```\n", at);
    REQUIRE(end != std::string::npos);
    sessions.push_back(readme.substr(at, end - at));
  }
  return sessions;
}

Ending paste(const std::string& session) {
  const TempDirectory directory;
  return run({.path = "/bin/sh",
              .arguments = {"-c", "set -eu\ncd '" + kRoot.string() + "'\n" + session},
              .environment = {{"PATH", KEYLEDGER_BINARIES ":" + std::string(std::getenv("PATH"))},
                              {"TMPDIR", directory.path().string()}}});
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("the session in README does what it says, pasted into a shell") {
  const auto sessions = marked_sessions();
  REQUIRE(sessions.size() == 2);
  const Ending ending = paste(sessions[0]);
  CAPTURE(ending.out, ending.err);
  CHECK(ending.status == 0);
  CHECK(contains(ending.out, "\"allowed\": true"));
  CHECK(contains(ending.out, "\"reason\": \"inactive\""));
  CHECK(contains(ending.out, "denied: exit status 1"));
  CHECK(contains(ending.out, "\"UseDenied\""));
  CHECK(contains(ending.out, "\"users_added\": 29"));
  CHECK(contains(ending.out, "\"keys_added\": 64"));
  CHECK(contains(ending.out, "\"root_agrees\": true"));
  CHECK(contains(ending.out, "\"agrees\": true"));
}

TEST_CASE("the session of an operator of Smarter does what it says, pasted into a shell") {
  const Ending ending = paste(marked_sessions().at(1));
  CAPTURE(ending.out, ending.err);
  CHECK(ending.status == 0);
  CHECK(contains(ending.out, "\"keys_added\": 10"));
  CHECK(contains(ending.out, "\"username\": \"s21_0_0\""));
  CHECK(contains(ending.out, "\"reason\": \"allowed\""));
  CHECK(contains(ending.out, "this secret was rotated away"));
  CHECK(contains(ending.out, "kind: SmarterAuthToken"));
}

}  // namespace keyledger::tests

#endif
