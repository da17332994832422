// A daemon with a full disk refuses commands without claiming success, and works again after a restart with
// free space.
#ifndef KEYLEDGER_MEMORY_LOG_ONLY

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <iterator>
#include <string>

#include "tests/ledger/file_damage.h"
#include "tests/support/daemon_process.h"
#include "tests/support/json_fields.h"
#include "tests/support/temp_directory.h"

namespace keyledger::tests {
namespace {

using Arguments = CommandLine::Arguments;

// More than RocksDB needs for the files of an empty log, and less than the records of the dump below.
constexpr std::uint64_t kFileBytesMax = 6'000'000;
constexpr int kKeys = 60'000;
constexpr std::uint64_t kSpread = 0x9e37'79b9'7f4a'7c15;  // makes digests differ from their first byte on

std::string large_dump() {
  std::string dump =
      R"([{"model": "auth.user", "pk": 1, "fields": {"username": "u", "is_staff": true, "is_active": true}})";
  for (int i = 0; i < kKeys; ++i) {
    fmt::format_to(
        std::back_inserter(dump),
        R"(,{{"model": "knox.authtoken", "pk": "{:016x}{:0112x}", "fields": {{"token_key": "aaaaaaaa", )"
        R"("user": 1, "created": "2025-10-11T00:00:00Z", "expiry": null}}}})",
        static_cast<std::uint64_t>(i) * kSpread, 0);
  }
  return dump + "]";
}

}  // namespace

TEST_CASE("a daemon whose disk is full refuses until it is restarted, and leaves a ledger that is whole") {
  const TempDirectory directory;
  const std::string dump = (directory / "large.json").string();
  write_file(dump, large_dump());
  DaemonProcess daemon(directory / "ledger", {}, kFileBytesMax);
  const CommandLine keyledger(daemon);
  const std::string account = "1234-5678-9012";
  keyledger.text({"account", "open", "--number", account, "--name", "Example"});
  keyledger.text({"user", "add", "--account", account, "--username", "alice", "--staff"});
  const std::string secret = keyledger.text(
      {"key", "create", "--account", account, "--username", "alice", "--name", "production", "-q"});
  constexpr std::uint64_t kPosition = 4;

  const auto refusal = keyledger.refusal({"import", "django", dump}, 3);
  CHECK(text_of(refusal, "error") == "write_failed");
  CHECK(text_of(refusal, "message").find("File too large") != std::string::npos);
  for (const Arguments& arguments :
       {Arguments{"auth", "-"}, {"key", "toggle", "production"}, {"import", "django", dump}}) {
    CHECK(text_of(keyledger.refusal(arguments, 3, secret), "error") == "write_failed");
  }
  const Ending stopped = daemon.stop();
  CAPTURE(stopped.err);
  CHECK(stopped.status == 3);
  CHECK(stopped.err.find("critical: The log could not be written; the writer has stopped") !=
        std::string::npos);

  // No command was acknowledged, and the log holds nothing of the decided but unwritten commands.
  const auto replayed = CommandLine(daemon.data()).json({"replay", "--check"});
  CHECK(number_of(replayed, "position") == kPosition);
  CHECK(flag_of(replayed, "root_agrees"));

  const DaemonProcess again(daemon.data());
  CHECK(flag_of(CommandLine(again).json({"auth", "-"}, secret), "allowed"));
  CHECK(number_of(CommandLine(again).json({"import", "django", dump}), "keys_added") == kKeys);
}

}  // namespace keyledger::tests

#endif
