// The session that README shows, run as it stands.
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

// What stands in the fenced block behind the mark.
std::string marked_session() {
  std::ifstream in(kRoot / "README.md");
  const std::string readme{std::istreambuf_iterator<char>(in), {}};
  const std::string mark = "<!-- session: a test runs this block as it stands -->\n```sh\n";
  const std::size_t begin = readme.find(mark);
  REQUIRE(begin != std::string::npos);
  const std::size_t end = readme.find("```\n", begin + mark.size());
  REQUIRE(end != std::string::npos);
  return readme.substr(begin + mark.size(), end - begin - mark.size());
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("the session in README does what it says, pasted into a shell") {
  const TempDirectory directory;
  const std::string session = "set -eu\ncd '" + kRoot.string() + "'\n" + marked_session();
  const Ending ending =
      run({.path = "/bin/sh",
           .arguments = {"-c", session},
           .environment = {{"PATH", KEYLEDGER_BINARIES ":" + std::string(std::getenv("PATH"))},
                           {"TMPDIR", directory.path().string()}}});
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

}  // namespace keyledger::tests

#endif
