// A client of the wire protocol that shares no code with us: Python, with its standard library alone.
#ifndef KEYLEDGER_MEMORY_LOG_ONLY

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/child_process.h"

namespace keyledger::tests {

namespace fs = std::filesystem;

TEST_CASE("C9: a client in another language is answered rightly, and refused where it must be") {
  const fs::path source = KEYLEDGER_SOURCE_DIR;
  const Ending ending = run({.path = "/usr/bin/env",
                             .arguments = {"python3", (source / "tests/integration/wire_client.py").string(),
                                           (fs::path(KEYLEDGER_BINARIES) / "keyledgerd").string(),
                                           (source / "net/wire/wire.capnp").string()}});
  CAPTURE(ending.out, ending.err);
  CHECK(ending.status == 0);
}

}  // namespace keyledger::tests

#endif
