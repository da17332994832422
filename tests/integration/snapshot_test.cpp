// A start from a snapshot gives the state of a start from the whole log. The tests compare on the command
// line and by `replay --check`, which ignores snapshots and compares with the live state.
#ifndef KEYLEDGER_MEMORY_LOG_ONLY

#include <catch2/catch.hpp>

#include "ledger/disk/snapshot_file.h"
#include "tests/integration/ledger_example.h"
#include "tests/ledger/file_damage.h"

namespace keyledger::tests {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAccount = LedgerExample::kAccount;
constexpr std::size_t kFirstSection = 4'096;  // the section of the keys in a snapshot

std::vector<fs::path> snapshots(const fs::path& ledger) {
  return ledger::snapshots_in(ledger::snapshots_of(ledger));
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

// All answers of a daemon.
struct Said {
  explicit Said(const CommandLine& keyledger) {
    for (const char* noun : {"account", "user", "client"}) lists.push_back(keyledger.text({noun, "list"}));
    lists.push_back(keyledger.text({"key", "list", "--all"}));
    lists.push_back(keyledger.text({"policy", "show"}));
  }

  std::vector<std::string> lists;
};

// Checks that the live state equals the state folded from the log.
void check_live(const LedgerExample& example, const DaemonProcess& daemon) {
  const CommandLine offline(example.daemon.data());
  const boost::json::value replayed = offline.json({"replay", "--check"});
  CHECK(replayed.at("root_agrees").as_bool());
  bool is_compared = false;
  for (const auto& each : replayed.at("comparisons").as_array()) {
    CHECK(each.at("agrees").as_bool());
    is_compared = is_compared || each.at("with").as_string() == "live";
  }
  CHECK(is_compared);
  CAPTURE(daemon.log());
}

// Makes keys with rare properties.
std::vector<std::string> make_keys(const LedgerExample& example) {
  const CommandLine& keyledger = example.keyledger;
  std::vector<std::string> secrets;
  for (const char* name : {"plain", "limited", "rotated", "deleted"}) {
    secrets.push_back(example.create_key(name));
  }
  keyledger.text({"key", "limit", "limited", "2/1h"});
  keyledger.text({"key", "allow", "limited", "192.0.2.0/24"});
  secrets.push_back(keyledger.text({"key", "rotate", "rotated", "--grace", "1h", "-q"}));
  secrets.back().pop_back();
  keyledger.text({"key", "delete", "deleted"});
  keyledger.text({"assign", "--key", "plain", "--client", "chat_bot"});
  keyledger.text({"client", "add", "--account", kAccount, "--name", "gone"});
  keyledger.text({"assign", "--key", "plain", "--client", "gone"});
  keyledger.text({"client", "remove", "gone"});
  keyledger.text({"policy", "set", "--keys-per-user", "9"});
  keyledger.text({"auth", "--address", "192.0.2.7", "-"}, secrets[1] + "\n");
  return secrets;
}

int status_of(const CommandLine& keyledger, const std::string& secret,
              const std::string& address = "192.0.2.7") {
  return keyledger.run({"auth", "--address", address, "-"}, secret + "\n").status;
}

}  // namespace

TEST_CASE("a daemon leaves a snapshot when it stops, and the next one begins with it") {
  LedgerExample example;
  const std::vector<std::string> secrets = make_keys(example);
  const Said before(example.keyledger);
  CHECK(snapshots(example.daemon.data()).empty());
  REQUIRE(example.daemon.stop().status == 0);
  REQUIRE(snapshots(example.daemon.data()).size() == 1);

  const DaemonProcess again(example.daemon.data());
  CHECK(contains(again.log(), "the state was loaded from the snapshot"));
  const CommandLine keyledger(again);
  CHECK(Said(keyledger).lists == before.lists);
  check_live(example, again);
  CHECK(status_of(keyledger, secrets[0]) == 0);
  CHECK(status_of(keyledger, secrets[1], "198.51.100.1") == 1);
  CHECK(status_of(keyledger, secrets[1]) == 0);
  CHECK(status_of(keyledger, secrets[1]) == 1);  // uses before the snapshot count toward the limit
  CHECK(status_of(keyledger, secrets[2]) == 0);  // during its grace period
  CHECK(status_of(keyledger, secrets[3]) == 1);
  CHECK(status_of(keyledger, secrets[4]) == 0);
  check_live(example, again);
}

TEST_CASE("a daemon that was killed begins with the snapshot before, and what the log has behind it") {
  LedgerExample example;
  const std::vector<std::string> secrets = make_keys(example);
  REQUIRE(example.daemon.stop().status == 0);
  {
    DaemonProcess second(example.daemon.data());
    const CommandLine keyledger(second);
    keyledger.text({"key", "deactivate", "plain"});
    keyledger.text({"key", "rename", "limited", "--name", "renamed"});
    CHECK(status_of(keyledger, secrets[1]) == 0);
    second.kill();
  }
  REQUIRE(snapshots(example.daemon.data()).size() == 1);
  const DaemonProcess third(example.daemon.data());
  CHECK(contains(third.log(), "the state was loaded from the snapshot"));
  check_live(example, third);
  const CommandLine keyledger(third);
  CHECK(status_of(keyledger, secrets[0]) == 1);
  CHECK(status_of(keyledger, secrets[1]) == 1);
  CHECK(number_of(keyledger.json({"key", "show", "renamed"}), "version") == 4);
}

TEST_CASE(
    "a daemon takes a snapshot while it answers, and the next one begins with it though it was killed") {
  LedgerExample example;
  REQUIRE(example.daemon.stop().status == 0);
  fs::remove_all(ledger::snapshots_of(example.daemon.data()));
  fs::create_directory(ledger::snapshots_of(example.daemon.data()));
  write_file(ledger::snapshots_of(example.daemon.data()) / "unfinished", "left by one that was killed");
  {
    DaemonProcess busy(example.daemon.data(), {"--snapshot-every", "1"});
    CHECK(files_below(ledger::snapshots_of(example.daemon.data())).empty());
    const CommandLine keyledger(busy);
    const std::string secret = keyledger.text(
        {"key", "create", "--account", kAccount, "--username", "alice", "--name", "busy", "-q"});
    while (!contains(busy.log(), "a snapshot was taken at position")) {
      CHECK(flag_of(keyledger.json({"auth", "-"}, secret), "allowed"));
      keyledger.text({"key", "toggle", "busy"});
      keyledger.text({"key", "toggle", "busy"});
    }
    CHECK_FALSE(snapshots(example.daemon.data()).empty());
    busy.kill();
  }
  const DaemonProcess again(example.daemon.data());
  CHECK(contains(again.log(), "the state was loaded from the snapshot"));
  check_live(example, again);
}

TEST_CASE("a damaged snapshot is passed over with a warning, by the daemon and offline") {
  LedgerExample example;
  make_keys(example);
  const Said before(example.keyledger);
  REQUIRE(example.daemon.stop().status == 0);
  const fs::path file = snapshots(example.daemon.data()).front();
  std::string content = read_file(file);
  content[kFirstSection] = static_cast<char>(content[kFirstSection] ^ 1);
  write_file(file, content);

  const std::string warning = "the snapshot " + file.string() + " is not used: ";
  const Ending offline = CommandLine(example.daemon.data()).run({"key", "list", "--all"});
  CHECK(offline.status == 0);
  CHECK(offline.out == before.lists[3]);
  CHECK(contains(offline.err, warning));
  DaemonProcess again(example.daemon.data());
  CHECK(contains(again.log(), warning));
  CHECK_FALSE(contains(again.log(), "the state was loaded from the snapshot"));
  CHECK(Said(CommandLine(again)).lists == before.lists);
  check_live(example, again);
}

TEST_CASE("a daemon whose snapshot has a damaged catalog gives verdicts by it, and folds the rest anew") {
  LedgerExample example;
  const std::vector<std::string> secrets = make_keys(example);
  const Said before(example.keyledger);
  REQUIRE(example.daemon.stop().status == 0);
  const fs::path file = snapshots(example.daemon.data()).front();
  std::string content = read_file(file);
  content.back() = static_cast<char>(content.back() ^ 1);
  write_file(file, content);
  {
    DaemonProcess again(example.daemon.data());
    CHECK(contains(again.log(), "the state was loaded from the snapshot"));
    CHECK(status_of(CommandLine(again), secrets[0]) == 0);
    CHECK(Said(CommandLine(again)).lists[1] == before.lists[1]);
    CHECK(contains(again.log(), "is used only for verdicts"));
    check_live(example, again);
    REQUIRE(again.stop().status == 0);
  }
  // The daemon leaves another snapshot, although there are few new events.
  DaemonProcess third(example.daemon.data());
  check_live(example, third);
  CHECK_FALSE(contains(third.log(), "is used only for verdicts"));
  REQUIRE(third.stop().status == 0);

  // Without new events, the damage still requires another snapshot.
  const fs::path newest = snapshots(example.daemon.data()).front();
  content = read_file(newest);
  content.back() = static_cast<char>(content.back() ^ 1);
  write_file(newest, content);
  DaemonProcess fourth(example.daemon.data());
  check_live(example, fourth);
  CHECK(contains(fourth.log(), "is used only for verdicts"));
  REQUIRE(fourth.stop().status == 0);
  CHECK(read_file(newest) != content);
}

TEST_CASE("a daemon that shall take no snapshots leaves none, and uses what there is") {
  LedgerExample example;
  REQUIRE(example.daemon.stop().status == 0);
  const auto files = snapshots(example.daemon.data());
  REQUIRE(files.size() == 1);
  DaemonProcess again(example.daemon.data(), {"--snapshot-every", "0"});
  CHECK(contains(again.log(), "the state was loaded from the snapshot"));
  CommandLine(again).text({"user", "add", "--account", kAccount, "--username", "carol"});
  REQUIRE(again.stop().status == 0);
  CHECK(snapshots(example.daemon.data()) == files);
}

TEST_CASE("a stop without anything new leaves the snapshot that there is") {
  LedgerExample example;
  REQUIRE(example.daemon.stop().status == 0);
  const auto before = files_below(ledger::snapshots_of(example.daemon.data()));
  DaemonProcess again(example.daemon.data());
  REQUIRE(again.stop().status == 0);
  CHECK(files_below(ledger::snapshots_of(example.daemon.data())) == before);
}

TEST_CASE("a past state is the same with and without a snapshot before it") {
  LedgerExample example;
  make_keys(example);
  REQUIRE(example.daemon.stop().status == 0);
  {
    DaemonProcess second(example.daemon.data());
    CommandLine(second).text({"key", "deactivate", "plain"});
    REQUIRE(second.stop().status == 0);
  }
  REQUIRE(snapshots(example.daemon.data()).size() == 2);
  const fs::path older = snapshots(example.daemon.data()).back();
  DaemonProcess third(example.daemon.data());
  const CommandLine online(third);
  const CommandLine offline(example.daemon.data());
  const std::uint64_t head = number_of(online.json({"log", "stats"}), "position");
  const auto states = [&](const CommandLine& keyledger) {
    std::vector<std::string> texts;
    for (std::uint64_t position = head - 3; position <= head; ++position) {
      texts.push_back(keyledger.text({"state", "--position", std::to_string(position)}));
    }
    return texts;
  };
  const auto with = states(offline);
  CHECK(states(online) == with);
  CHECK_FALSE(contains(third.log(), "is not used"));
  // The daemon reads the snapshot file for every request.
  tests::write_file(older, "damaged");
  CHECK(states(online) == with);
  CHECK(contains(third.log(), "the snapshot " + older.string() + " is not used: "));
  fs::remove_all(ledger::snapshots_of(example.daemon.data()));
  CHECK(states(online) == with);
  CHECK(states(offline) == with);
}

}  // namespace keyledger::tests

#endif
