// Both programs refuse a ledger with damaged files, and leave the ledger unchanged.
#ifndef KEYLEDGER_MEMORY_LOG_ONLY

#include <catch2/catch.hpp>
#include <functional>
#include <string>

#include "tests/integration/ledger_example.h"
#include "tests/ledger/file_damage.h"

namespace keyledger::tests {
namespace {

namespace fs = std::filesystem;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

// Returns the only file of the log's database whose name begins or ends with `part`.
fs::path file_of(const fs::path& ledger, const std::string& part) {
  fs::path found;
  for (const auto& entry : fs::directory_iterator(ledger / "log")) {
    const std::string name = entry.path().filename().string();
    if ((name.starts_with(part) || name.ends_with(part)) && fs::file_size(entry) > 0) found = entry.path();
  }
  if (found.empty()) FAIL("there is no file " << part);
  return found;
}

void flip(const fs::path& file, std::size_t at) {
  std::string content = read_file(file);
  REQUIRE(at < content.size());
  content[at] = static_cast<char>(content[at] ^ 1);
  write_file(file, content);
}

void flip_in_the_middle(const fs::path& file) { flip(file, read_file(file).size() / 2); }

// Checks that both programs report the damage with status 4 and change no file.
void check_refused(const fs::path& ledger, const std::string& message) {
  const auto before = files_below(ledger);
  for (const Program& program :
       {keyledgerd_program({"--data", ledger.string()}),
        keyledger_program({"--data", ledger.string(), "-o", "table", "key", "list"}),
        keyledger_program({"--data", ledger.string(), "-o", "table", "replay", "--check"})}) {
    CAPTURE(program.path, program.arguments);
    const Ending ending = run(program);
    CAPTURE(ending.err);
    CHECK(ending.status == 4);
    CHECK(ending.out.empty());
    CHECK(contains(ending.err, ": " + message));
    CHECK(contains(ending.err, "restore a backup"));
  }
  auto after = files_below(ledger);
  after["lock"] = before.at("lock");  // holds the process id of the last reader
  CHECK(after == before);
}

}  // namespace

TEST_CASE("a stopped ledger with a damaged part is refused with status 4") {
  LedgerExample example;
  example.create_key("production");
  example.daemon.stop();
  const fs::path ledger = example.daemon.data();
  std::string message = "The ledger's database is damaged";
  SECTION("a byte of a table") { flip_in_the_middle(file_of(ledger, ".sst")); }
  SECTION("the end of a table") {
    const fs::path table = file_of(ledger, ".sst");
    fs::resize_file(table, fs::file_size(table) - 1);
  }
  SECTION("a table is missing") { fs::remove(file_of(ledger, ".sst")); }
  SECTION("a byte of the list of tables") { flip_in_the_middle(file_of(ledger, "MANIFEST")); }
  SECTION("the list of tables is missing") { fs::remove(file_of(ledger, "MANIFEST")); }
  SECTION("the entry to the database") { write_file(ledger / "log" / "CURRENT", "MANIFEST-999999\n"); }
  SECTION("the marker") { flip(ledger / "LEDGER", read_file(ledger / "LEDGER").size() - 2); }
  SECTION("the head record") {
    write_file(ledger / "head", std::string(fs::file_size(ledger / "head"), 'x'));
  }
  check_refused(ledger, message);
}

TEST_CASE("a killed ledger whose write-ahead log lost its end is refused as shortened") {
  LedgerExample example;
  for (const char* name : {"one", "two", "three"}) example.create_key(name);
  example.daemon.kill();
  const fs::path ledger = example.daemon.data();
  const fs::path log = file_of(ledger, ".log");
  SECTION("all of it") { fs::resize_file(log, 0); }
  SECTION("half of it") { fs::resize_file(log, fs::file_size(log) / 2); }
  SECTION("what was acknowledged last") { fs::resize_file(log, fs::file_size(log) - 1); }
  check_refused(ledger, "The log is shorter than before, or records of it were changed");
}

TEST_CASE("a killed ledger with a byte changed in its write-ahead log is refused") {
  LedgerExample example;
  for (const char* name : {"one", "two", "three"}) example.create_key(name);
  example.daemon.kill();
  const fs::path log = file_of(example.daemon.data(), ".log");
  const std::size_t size = read_file(log).size();
  const std::size_t at = GENERATE_COPY(size / 4, size / 2, size - 40);
  flip(log, at);
  for (const Program& program :
       {keyledgerd_program({"--data", example.daemon.data().string()}),
        keyledger_program({"--data", example.daemon.data().string(), "log", "stats"})}) {
    const Ending ending = run(program);
    CAPTURE(at, ending.err);
    CHECK(ending.status == 4);
    CHECK(ending.out.empty());
  }
}

TEST_CASE("a closing digest that is not the log's is found by replay --check") {
  LedgerExample example;
  const CommandLine offline(example.daemon.data());
  example.daemon.stop();
  const fs::path closing = example.daemon.data() / "closing";
  const std::string stale = read_file(closing);
  flip_in_the_middle(closing);
  const Ending checked = offline.run({"replay", "--check"});
  CHECK(checked.status == 4);
  CHECK(contains(checked.err, "closing_damaged"));
  // Everything else was checked all the same.
  CHECK(flag_of(parse_json(checked.out), "root_agrees"));
  write_file(closing, stale);
  CHECK(flag_of(offline.json({"replay", "--check"}), "root_agrees"));
}

}  // namespace keyledger::tests

#endif
