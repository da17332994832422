// Archiving the oldest records, offline or by the daemon, does not change the answers on the command line.
#ifndef KEYLEDGER_MEMORY_LOG_ONLY

#include <catch2/catch.hpp>
#include <sstream>

#include "ledger/disk/directory.h"
#include "tests/ledger/examples.h"
#include "tests/support/daemon_process.h"
#include "tests/support/json_fields.h"
#include "tests/support/manual_clock.h"
#include "tests/support/temp_directory.h"
#include "tools/load/fill_log.h"

namespace keyledger::tests {
namespace {

namespace fs = std::filesystem;

constexpr tools::load::FillPlan kPlan{
    .keys = 3'000, .clients = 7, .uses = 1'300'000, .uses_per_block = 1'250, .seed = 7};
constexpr std::int64_t kCenturyUs = 36'500 * ledger::kMicrosecondsPerDay;

// Makes a ledger with uses of January 2026, in blocks as made by a busy daemon, followed by uses dated a
// century later. The last uses are too young for archiving in every run of this test.
void make_ledger(const fs::path& path) {
  std::ostringstream out;
  ManualClock clock{ledger::Timestamp{0}};
  tools::output::ProgressBar progress(out, tools::program::IsTerminal::kNo, clock.clock(),
                                      {.label = "", .unit = "", .total = 1});
  const auto opened = ledger::open_ledger(path, ledger::examples::uuid(1));
  REQUIRE(opened.ok());
  ledger::Log& log = (*opened)->log();
  REQUIRE(fill_log(log, kPlan, progress).ok());
  for (int i = 0; i < 1'100; ++i) {
    ledger::Record record = ledger::examples::uses(1, 3, later_by(ledger::examples::kNoon, kCenturyUs));
    REQUIRE(log.append(log.end().position, std::span(&record, 1)).ok());
  }
  REQUIRE(log.sync().ok());
}

// The output of all commands that read the log, except for durations.
struct Said {
  explicit Said(const CommandLine& keyledger) {
    stats = keyledger.json({"log", "stats"});
    for (const char* name : {"daemon_version", "daemon_pid", "hot_state_bytes"})
      stats.as_object().erase(name);
    rows.push_back(keyledger.text({"history", "--key", "key77", "--uses"}));
    rows.push_back(keyledger.text({"history", "--client", "client3"}));
    rows.push_back(keyledger.text({"history", "--since", "2026-01-01", "--until", "2026-01-01T00:00:02Z"}));
    rows.push_back(keyledger.text({"state", "--position", "5000", "-o", "jsonl"}).substr(0, 4'000));
  }

  boost::json::value stats;
  std::vector<std::string> rows;

  friend bool operator==(const Said&, const Said&) = default;
};

void check_replay(const fs::path& ledger, const boost::json::value& stats) {
  const auto replayed = CommandLine(ledger).json({"replay", "--check"});
  CHECK(flag_of(replayed, "root_agrees"));
  CHECK(text_of(replayed, "root_hash") == text_of(stats, "root_hash"));
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

std::size_t files_in(const fs::path& directory) {
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& file : fs::directory_iterator(directory)) ++files;
  return files;
}

}  // namespace

TEST_CASE("a ledger that is archived offline answers as before, and says so if its archive is away") {
  const TempDirectory directory;
  const fs::path ledger = directory / "ledger";
  make_ledger(ledger);
  const CommandLine offline(ledger);
  const Said before(offline);

  const auto planned = offline.json({"log", "archive", "--older-than", "1d", "--dry-run"});
  CHECK(flag_of(planned, "dry_run"));
  CHECK(number_of(planned, "first_position") == 1);
  CHECK(number_of(planned, "events") > 1'048'576);
  CHECK(!fs::exists(ledger / "archive"));
  // Put the archive on another disk.
  fs::create_directory(directory / "cheap");
  fs::create_symlink(directory / "cheap", ledger / "archive");
  const auto moved = offline.json({"log", "archive", "--older-than", "1d"});
  CHECK(!flag_of(moved, "dry_run"));
  for (const char* same : {"first_position", "last_position", "events", "records"})
    CHECK(number_of(moved, same) == number_of(planned, same));
  CHECK(number_of(moved, "files") == 1);
  CHECK(number_of(moved, "bytes_after") < number_of(moved, "bytes_before"));
  CHECK(files_in(directory / "cheap") == 1);
  CHECK(Said(offline) == before);
  check_replay(ledger, before.stats);
  const Ending again = offline.run({"log", "archive", "--older-than", "1d"});
  CHECK(again.status == 0);
  CHECK(number_of(parse_json(again.out), "files") == 0);
  CHECK(contains(again.err, "There is nothing to archive"));

  {
    DaemonProcess daemon(ledger);
    CHECK(Said(CommandLine(daemon)) == before);
    const auto refused = offline.refusal({"log", "archive", "--older-than", "1d"}, 3);
    CHECK(text_of(refused, "error") == "in_use");
    CHECK(contains(text_of(refused, "message"), "--archive-after"));
    REQUIRE(daemon.stop().status == 0);
  }
  // A daemon that starts from its snapshot does not need the archive; a reader of archived records gets an
  // error.
  fs::rename(directory / "cheap", directory / "away");
  DaemonProcess daemon(ledger);
  CHECK(number_of(CommandLine(daemon).json({"log", "stats"}), "position") ==
        number_of(before.stats, "position"));
  for (const CommandLine& keyledger : {CommandLine(daemon), offline}) {
    const auto refused = keyledger.refusal({"history", "--key", "key77"}, 3);
    CHECK(text_of(refused, "error") == "archive_missing");
    CHECK(contains(text_of(refused, "message"), "archive/00000000000000000001.records"));
  }
  CHECK(text_of(offline.refusal({"replay"}, 3), "error") == "archive_missing");
  fs::rename(directory / "away", directory / "cheap");
  CHECK(Said(CommandLine(daemon)) == before);
}

TEST_CASE("a daemon archives what has become old enough while it serves") {
  const TempDirectory directory;
  const fs::path ledger = directory / "ledger";
  make_ledger(ledger);
  const Said before{CommandLine(ledger)};
  DaemonProcess daemon(ledger, {"--archive-after", "1d"});
  daemon.wait_until_log_has("archived positions");
  CHECK(files_in(ledger / "archive") == 1);
  CHECK(Said(CommandLine(daemon)) == before);
  check_replay(ledger, before.stats);
  REQUIRE(daemon.stop().status == 0);
  check_replay(ledger, before.stats);
}

TEST_CASE("log archive says what it cannot do") {
  const TempDirectory directory;
  const CommandLine offline(directory / "none");
  CHECK(text_of(offline.refusal({"log", "archive", "--older-than", "1d"}, 3), "error") == "cannot_open");
  CHECK(!fs::exists(directory / "none"));
  CHECK(run(keyledger_program({"log", "archive", "--older-than", "1d"})).status == 2);
  CHECK(offline.run({"log", "archive"}).status == 2);
  CHECK(offline.run({"log", "archive", "--older-than", "soon"}).status == 2);
}

}  // namespace keyledger::tests

#endif
