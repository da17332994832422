// Runs imports.sh: imports and exports beside a living platform, typed into a shell.
#ifndef KEYLEDGER_MEMORY_LOG_ONLY

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/support/child_process.h"
#include "tests/support/temp_directory.h"

namespace keyledger::tests {

TEST_CASE("A1, A2, G1, G2, G3: imports and exports beside a living platform, typed into a shell") {
  const TempDirectory directory;
  const std::filesystem::path script =
      std::filesystem::path(KEYLEDGER_SOURCE_DIR) / "tests" / "integration" / "imports.sh";
  const Ending ending =
      run({.path = "/bin/bash",
           .arguments = {script.string()},
           .environment = {{"PATH", KEYLEDGER_BINARIES ":" + std::string(std::getenv("PATH"))},
                           {"TMPDIR", directory.path().string()}}});
  CAPTURE(ending.out, ending.err);
  CHECK(ending.status == 0);
  CHECK(ending.out.find("not ok") == std::string::npos);
  CHECK(ending.out.find("ok G3 old secret ended") != std::string::npos);
}

}  // namespace keyledger::tests

#endif
