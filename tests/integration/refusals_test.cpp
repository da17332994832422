// The refusals of keyledgerd, and their messages.
#ifndef KEYLEDGER_MEMORY_LOG_ONLY

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>

#include "ledger/host/file_descriptor.h"
#include "tests/ledger/file_damage.h"
#include "tests/support/daemon_process.h"
#include "tests/support/json_fields.h"
#include "tests/support/temp_directory.h"

namespace keyledger::tests {
namespace {

namespace fs = std::filesystem;
using ledger::FileDescriptor;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

Ending start(std::vector<std::string> arguments) { return run(keyledgerd_program(std::move(arguments))); }

// Checks that a daemon that does not start prints two lines, the reason and an advice, and nothing on
// standard output.
void check_refused(const Ending& ending, int status, const std::string& message, const std::string& advice) {
  CAPTURE(ending.out, ending.err);
  CHECK(ending.status == status);
  CHECK(ending.out.empty());
  CHECK(contains(ending.err, "keyledgerd: " + message));
  CHECK(contains(ending.err, "\n" + advice));
}

// A port of the loopback address with another listener.
struct TakenPort {
  TakenPort() : socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{.sin_family = AF_INET, .sin_addr = {.s_addr = ::htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    REQUIRE(::bind(socket.number(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(socket.number(), 1) == 0);
    REQUIRE(::getsockname(socket.number(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    text = "tcp:127.0.0.1:" + std::to_string(::ntohs(address.sin_port));
  }

  FileDescriptor socket;
  std::string text;
};

}  // namespace

TEST_CASE("a second daemon on a ledger is refused and told who has it") {
  const TempDirectory directory;
  const DaemonProcess daemon(directory / "ledger");
  const Ending second = start({"--data", daemon.data().string()});
  check_refused(second, 3,
                "The ledger is in use by another process: " + daemon.data().string() +
                    " is open in process " + std::to_string(daemon.id()),
                "Stop that process, or send commands");
  // Another listen address does not help either, and the first daemon is not disturbed.
  const Ending third =
      start({"--data", daemon.data().string(), "--listen", "unix:" + (directory / "s").string()});
  CHECK(third.status == 3);
  CHECK(CommandLine(daemon).json({"log", "stats"}).is_object());
}

TEST_CASE("a port that somebody listens on is refused by its number") {
  const TempDirectory directory;
  const TakenPort port;
  check_refused(start({"--data", (directory / "ledger").string(), "--listen", port.text}), 3,
                "The address is in use: " + port.text, "Choose another address with --listen");
}

TEST_CASE("a Unix socket that a daemon answers at is not taken from it") {
  const TempDirectory directory;
  const DaemonProcess daemon(directory / "first");
  check_refused(
      start({"--data", (directory / "second").string(), "--listen", daemon.address()}), 3,
      "The address is in use: " + daemon.address() + ": another process already listens on this address",
      "Choose another address with --listen");
  CHECK(CommandLine(daemon).json({"log", "stats"}).is_object());
}

TEST_CASE("the socket that a killed daemon left is replaced, and a stopped one leaves none") {
  const TempDirectory directory;
  const fs::path ledger = directory / "ledger";
  DaemonProcess first(ledger);
  const fs::path socket = ledger / "keyledger.sock";
  first.kill();
  CHECK(fs::is_socket(socket));
  DaemonProcess second(ledger);
  CHECK(CommandLine(second).json({"log", "stats"}).is_object());
  CHECK(second.stop().status == 0);
  CHECK(!fs::exists(socket));
}

TEST_CASE("a file that stands where the socket belongs is refused and kept") {
  const TempDirectory directory;
  const fs::path file = directory / "thesis";
  write_file(file, "text");
  const Ending ending =
      start({"--data", (directory / "ledger").string(), "--listen", "unix:" + file.string()});
  check_refused(ending, 3, "The address is in use: unix:" + file.string(),
                "Choose another address with --listen");
  CHECK(read_file(file) == "text");
}

TEST_CASE("a new ledger and its socket are for their owner and group only") {
  const TempDirectory directory;
  const DaemonProcess daemon(directory / "ledger");
  const auto for_others = [](const fs::path& path) {
    return fs::status(path).permissions() & fs::perms::others_all;
  };
  CHECK(for_others(daemon.data()) == fs::perms::none);
  for (const auto& entry : fs::recursive_directory_iterator(daemon.data())) {
    CAPTURE(entry.path());
    CHECK(for_others(entry.path()) == fs::perms::none);
    CHECK((entry.status().permissions() & fs::perms::group_write) ==
          (entry.is_socket() ? fs::perms::group_write : fs::perms::none));
  }
}

TEST_CASE("an address beyond this machine is not listened on") {
  const TempDirectory directory;
  check_refused(start({"--data", (directory / "ledger").string(), "--listen", "tcp:0.0.0.0:0"}), 3,
                "The daemon cannot listen on this address: tcp:0.0.0.0:0: only a loopback address",
                "Use unix:PATH (at most 107 bytes)");
}

TEST_CASE("neither program touches what is not a ledger") {
  const TempDirectory directory;
  const fs::path file = directory / "file";
  const fs::path folder = directory / "folder";
  write_file(file, "text");
  fs::create_directory(folder);
  write_file(folder / "thesis.txt", "text");
  const auto before = files_below(directory.path());
  for (const fs::path& place : {file, folder}) {
    const std::string why = place == file ? "not a directory" : "the directory contains other files";
    const std::string message = "This is not a Keyledger ledger: " + place.string() + ": " + why;
    check_refused(start({"--data", place.string()}), 3, message,
                  "With --data, name the directory of a ledger");
    const auto refusal = CommandLine(place).refusal({"key", "list"}, 3);
    CHECK(text_of(refusal, "error") == "not_a_ledger");
    CHECK(text_of(refusal, "message") == message);
    CHECK(number_of(refusal, "code") == 3004);
  }
  CHECK(files_below(directory.path()) == before);
}

TEST_CASE("a directory that may not be made is refused with the system's reason") {
  const TempDirectory directory;
  fs::permissions(directory.path(), fs::perms(0555));
  Program daemon = keyledgerd_program({"--data", (directory / "ledger").string()});
  constexpr uid_t kNobody = 65'534;
  if (::geteuid() == 0) daemon.user = kNobody;  // root may create any file
  const Ending ending = run(daemon);
  if (ending.status == kCannotRun) {
    WARN("not tested: the programs cannot be run by a user without rights");
  } else {
    check_refused(ending, 3,
                  "The ledger or the file cannot be created: " + (directory / "ledger").string() +
                      ": Permission denied",
                  "Check that the parent directory exists and is writable");
  }
  fs::permissions(directory.path(), fs::perms::owner_all);
  CHECK(!fs::exists(directory / "ledger"));
}

TEST_CASE("options and endpoints that are not understood end the daemon before it makes anything") {
  const TempDirectory directory;
  const std::string ledger = (directory / "ledger").string();
  const std::vector<std::vector<std::string>> all = {
      {"--frobnicate"},
      {"stray"},
      {"--listen"},
      {"--log-level", "loud"},
      {"--snapshot-every", "-1"},
      {"--snapshot-every", "often"},
      {"--archive-after", "90"},
      {"--archive-after", "soon"},
      {"--durability", "perhaps"},
      {"--threads", "0"},
      {"--threads", "many"},
      {"--listen", "nowhere"},
      {"--listen", "tcp:127.0.0.1:99999"},
      {"--listen", "tcp:example.com:1"},
      {"--listen", "unix:" + (directory / std::string(120, 'x')).string()}};
  for (std::vector<std::string> arguments : all) {
    CAPTURE(arguments);
    arguments.insert(arguments.begin(), {"--data", ledger});
    const Ending ending = start(arguments);
    CAPTURE(ending.err);
    CHECK(ending.status == 2);
    CHECK(ending.out.empty());
    CHECK(contains(ending.err, "keyledgerd: "));
    CHECK(!fs::exists(ledger));
  }
}

TEST_CASE("a configuration is refused by its line before anything is made") {
  const TempDirectory directory;
  const std::string ledger = (directory / "ledger").string();
  const std::string file = (directory / "keyledgerd.toml").string();
  struct Broken {
    std::string content;
    std::string says;
  };
  const std::vector<Broken> all = {
      {"data = \"x\n", ":1: "},
      {"\nlog_level = \"info\"\nlisten_on = []\n",
       ":3: 'listen_on' is not a setting, or its value has the wrong type"},
      {"log_level = 3\n", ":1: 'log_level' is not a setting, or its value has the wrong type"},
      {"log_level = \"loud\"\n", ":1: log_level must be debug, info, warn or error"},
      {"durability = \"perhaps\"\n", ":1: durability must be written, synced or buffered"},
      {"threads = 65\n", ":1: threads must be 1 to 64"},
      {"listen = \"unix:x\"\n", ":1: 'listen' is not a setting, or its value has the wrong type"},
      {"snapshot_every = -1\n", ":1: 'snapshot_every' is not a setting, or its value has the wrong type"},
      {"snapshot_every = \"often\"\n",
       ":1: 'snapshot_every' is not a setting, or its value has the wrong type"},
      {"archive_after = 90\n", ":1: 'archive_after' is not a setting, or its value has the wrong type"},
      {"archive_after = \"soon\"\n", ":1: archive_after must be a length of time (90d) or none"},
      {"listen = [\"nowhere\"]\n", "'nowhere' is not an address"},
      {std::string("\0\1\2", 3), ":1: "},
  };
  for (const Broken& each : all) {
    CAPTURE(each.content);
    write_file(file, each.content);
    const Ending ending = start({"--data", ledger, "--config", file});
    CAPTURE(ending.err);
    CHECK(ending.status == 2);
    CHECK(contains(ending.err, "keyledgerd: The input cannot be used: "));
    CHECK(contains(ending.err, each.says));
    if (each.says.front() == ':') CHECK(contains(ending.err, file + each.says));
    CHECK(!fs::exists(ledger));
  }
}

TEST_CASE("a configuration that cannot be read is refused by its name") {
  const TempDirectory directory;
  const std::string ledger = (directory / "ledger").string();
  const std::string absent = (directory / "absent.toml").string();
  check_refused(start({"--data", ledger, "--config", absent}), 3,
                "The file cannot be read: " + absent + ": No such file or directory",
                "Check the file's name and its permissions.");
  check_refused(start({"--data", ledger, "--config", directory.path().string()}), 3,
                "The file cannot be read: " + directory.path().string() + ": it is a directory",
                "Check the file's name and its permissions.");
  CHECK(!fs::exists(ledger));
}

TEST_CASE("a configuration does what the flags would") {
  const TempDirectory directory;
  const fs::path ledger = directory / "ledger";
  const std::string file = (directory / "keyledgerd.toml").string();
  write_file(
      file,
      "data = \"" + (directory / "elsewhere").string() +
          "\"\nlog_level = \"warn\"\nsnapshot_every = 1000000\narchive_after = \"52w\"\nlisten = [\"unix:" +
          (ledger / "keyledger.sock").string() + "\", \"tcp:127.0.0.1:0\"]\n");
  // The option on the command line takes precedence over the file.
  const DaemonProcess daemon(ledger, {"--config", file});
  CHECK(daemon.log().empty());
  CHECK(!fs::exists(directory / "elsewhere"));
}

TEST_CASE("a daemon answers on TCP at the port that it says it has") {
  const TempDirectory directory;
  const fs::path ledger = directory / "ledger";
  const DaemonProcess daemon(
      ledger, {"--listen", "unix:" + (ledger / "keyledger.sock").string(), "--listen", "tcp:127.0.0.1:0"});
  const std::string log = daemon.log();
  const std::string said = "listening on ";
  const std::size_t begin = log.find("tcp:127.0.0.1:");
  REQUIRE(begin != log.npos);
  CHECK(log.substr(begin - said.size(), said.size()) == said);
  const std::string address = log.substr(begin, log.find('\n', begin) - begin);
  const Ending ending = run(keyledger_program({"--connect", address, "log", "stats"}));
  CAPTURE(address, ending.err);
  CHECK(ending.status == 0);
  CHECK(number_of(parse_json(ending.out), "daemon_pid") == static_cast<std::uint64_t>(daemon.id()));
}

}  // namespace keyledger::tests

#endif
