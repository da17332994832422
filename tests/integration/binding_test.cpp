// Both programs notice parts of a directory that do not belong together, things that are no files, and a
// directory that is gone.
#ifndef KEYLEDGER_MEMORY_LOG_ONLY

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <string>

#include "tests/integration/ledger_example.h"
#include "tests/ledger/file_damage.h"
#include "tests/ledger/rocks/index_damage.h"

namespace keyledger::tests {
namespace {

namespace fs = std::filesystem;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

void copy_ledger(const fs::path& from, const fs::path& to) {
  fs::copy(from, to, fs::copy_options::recursive);
}

// Returns the permissions of all files in the directory that others have.
fs::perms permissions_of_others(const fs::path& directory) {
  fs::perms all = fs::perms::none;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) all |= entry.status().permissions();
  return all & fs::perms::others_all;
}

}  // namespace

TEST_CASE("E2: a revoked key does not come back with log and head of before") {
  LedgerExample example;
  const std::string secret = example.create_key("production");
  const fs::path ledger = example.daemon.data();
  REQUIRE(example.daemon.stop().status == 0);
  copy_ledger(ledger, example.directory / "before");
  {
    const DaemonProcess daemon(ledger);
    CommandLine(daemon).text({"key", "deactivate", "production"});
  }
  for (const char* part : {"log", "head"}) {
    fs::remove_all(ledger / part);
    fs::copy(example.directory.path() / "before" / part, ledger / part, fs::copy_options::recursive);
  }
  // The daemon was killed above, and left neither digest nor snapshot: nothing can show the rollback.
  CHECK(CommandLine(ledger).run({"replay", "--check"}).status == 0);
  {
    DaemonProcess daemon(ledger);
    CommandLine(daemon).text({"key", "deactivate", "production"});
    REQUIRE(daemon.stop().status == 0);
  }
  for (const char* part : {"log", "head"}) {
    fs::remove_all(ledger / part);
    fs::copy(example.directory.path() / "before" / part, ledger / part, fs::copy_options::recursive);
  }
  CHECK(text_of(CommandLine(ledger).refusal({"replay", "--check"}, 4), "error") == "shortened");
  const Ending refused = run(keyledgerd_program({"--data", ledger.string()}));
  CHECK(refused.status == 4);
  CHECK(contains(refused.err, "The log is shorter than before"));
}

TEST_CASE("E3: log and head of another ledger are refused by both programs") {
  LedgerExample example;
  const fs::path ledger = example.daemon.data();
  REQUIRE(example.daemon.stop().status == 0);
  { DaemonProcess other(example.directory / "other"); }
  fs::copy(example.directory.path() / "other" / "LEDGER", ledger / "LEDGER",
           fs::copy_options::overwrite_existing);
  CHECK(text_of(CommandLine(ledger).refusal({"key", "list"}, 4), "error") == "foreign_part");
  const Ending refused = run(keyledgerd_program({"--data", ledger.string()}));
  CHECK(refused.status == 4);
  CHECK(contains(refused.err, "A part of the ledger's directory belongs to another ledger"));
}

TEST_CASE("E4: a lost index row is found by log verify and replay --check, and repaired") {
  LedgerExample example;
  example.create_key("production");
  example.keyledger.text({"key", "deactivate", "production"});
  const fs::path ledger = example.daemon.data();
  const CommandLine offline(ledger);
  const auto beside = offline.json({"log", "verify"});
  CHECK(flag_of(beside, "indexes_agree"));
  CHECK(flag_of(beside, "names_ledger"));
  CHECK(text_of(offline.refusal({"log", "repair-indexes"}, 3), "error") == "in_use");
  REQUIRE(example.daemon.stop().status == 0);
  const std::string history = offline.text({"history", "--key", "production", "-o", "jsonl"});
  const auto verified = offline.json({"log", "verify"});
  forget_entity_rows(ledger);
  CHECK(offline.text({"history", "--key", "production", "-o", "jsonl"}) != history);
  for (const CommandLine::Arguments& check :
       {CommandLine::Arguments{"log", "verify"}, {"replay", "--check"}}) {
    const Ending ending = offline.run(check);
    CAPTURE(ending.err);
    CHECK(ending.status == 4);
    CHECK(contains(ending.err, "index_differs"));
    CHECK(contains(ending.err, "the entity index has no row for"));
    CHECK(contains(ending.err, "log repair-indexes"));
    CHECK(!flag_of(parse_json(ending.out), "indexes_agree"));
    CHECK(flag_of(parse_json(ending.out), "root_agrees"));
  }
  const auto repaired = offline.json({"log", "repair-indexes"});
  CHECK(number_of(repaired, "records") == number_of(verified, "records"));
  CHECK(offline.json({"log", "verify"}) == verified);
  CHECK(offline.text({"history", "--key", "production", "-o", "jsonl"}) == history);
  CHECK(flag_of(offline.json({"replay", "--check"}), "indexes_agree"));
  CHECK(number_of(CommandLine(DaemonProcess(ledger)).json({"log", "stats"}), "position") ==
        number_of(verified, "position"));
}

TEST_CASE("E4: log verify and log repair-indexes say what they cannot do, and make nothing") {
  const TempDirectory directory;
  const CommandLine offline(directory / "none");
  for (const char* verb : {"verify", "repair-indexes"}) {
    CHECK(run(keyledger_program({"log", verb})).status == 2);
    CHECK(text_of(offline.refusal({"log", verb}, 3), "error") == "cannot_open");
    CHECK(!fs::exists(directory / "none"));
  }
}

TEST_CASE("E8: a pipe in the place of a file is refused or passed over, and never waited for") {
  LedgerExample example;
  const fs::path ledger = example.daemon.data();
  REQUIRE(example.daemon.stop().status == 0);
  SECTION("among the snapshots") {
    const fs::path pipe = ledger / "snapshots" / "00000000000000009999.state";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    REQUIRE(::mkfifo((ledger / "snapshots" / "unfinished").c_str(), 0600) == 0);
    DaemonProcess daemon(ledger);
    CHECK(contains(daemon.log(), "not a regular file"));
    CHECK(daemon.stop().status == 0);
  }
  SECTION("in place of a part") {
    const auto* const part = GENERATE("head", "LEDGER", "lock", "log.intent", "log/CURRENT", "log/LOCK");
    fs::remove(ledger / part);
    REQUIRE(::mkfifo((ledger / part).c_str(), 0600) == 0);
    const Ending refused = run(keyledgerd_program({"--data", ledger.string()}));
    CAPTURE(part, refused.err);
    CHECK((refused.status == 3 || refused.status == 4));
    CHECK(contains(refused.err, "not a regular file"));
  }
  SECTION("in place of the closing digest") {
    fs::remove(ledger / "closing");
    REQUIRE(::mkfifo((ledger / "closing").c_str(), 0600) == 0);
    const Ending checked = CommandLine(ledger).run({"replay", "--check"});
    CHECK(checked.status == 4);
    CHECK(contains(checked.err, "closing_damaged"));
    DaemonProcess daemon(ledger);
    CHECK(daemon.stop().status == 0);
    CHECK(CommandLine(ledger).run({"replay", "--check"}).status == 0);
  }
}

TEST_CASE("E8: a stop ends a daemon that has not begun to serve") {
  const TempDirectory directory;
  const fs::path pipe = directory / "config";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const int signal = GENERATE(SIGTERM, SIGINT, SIGHUP);
  ChildProcess daemon(
      keyledgerd_program({"--data", (directory / "ledger").string(), "--config", pipe.string()}));
  // Returns once the daemon waits for its configuration.
  const ledger::FileDescriptor writer(::open(pipe.c_str(), O_WRONLY | O_CLOEXEC));
  REQUIRE(writer.is_open());
  daemon.send_signal(signal);
  const Ending ending = daemon.wait();
  CAPTURE(ending.err);
  CHECK(ending.status == 0);
  CHECK(contains(ending.err, "stopped before it served"));
  CHECK(!fs::exists(directory / "ledger"));
}

TEST_CASE("E12: a directory that vanishes under a running daemon stops the writer, with exit status 3") {
  LedgerExample example;
  fs::rename(example.daemon.data(), example.directory / "away");
  fs::create_directory(example.daemon.data());
  fs::rename(example.directory.path() / "away" / "keyledger.sock", example.daemon.data() / "keyledger.sock");
  const auto refused =
      example.keyledger.refusal({"client", "add", "--account", LedgerExample::kAccount, "--name", "late"}, 3);
  CHECK(text_of(refused, "error") == "write_failed");
  CHECK(contains(text_of(refused, "message"), "removed or replaced"));
  const Ending stopped = example.daemon.stop();
  CHECK(stopped.status == 3);
  CHECK(contains(stopped.err, "critical"));
}

TEST_CASE("E12: the verbs that change a ledger make no file that others can read") {
  LedgerExample example;
  const fs::path ledger = example.daemon.data();
  REQUIRE(example.daemon.stop().status == 0);
  const mode_t before = ::umask(0022);
  const int repaired = CommandLine(ledger).run({"log", "repair-indexes"}).status;
  const int archived = CommandLine(ledger).run({"log", "archive", "--older-than", "1d"}).status;
  ::umask(before);
  CHECK(repaired == 0);
  CHECK(archived == 0);
  CHECK(permissions_of_others(ledger) == fs::perms::none);
}

}  // namespace keyledger::tests

#endif
