// A daemon is killed during its work, again and again on one ledger. After each restart every acknowledged
// change is in the log, at the acknowledged position.
#ifndef KEYLEDGER_MEMORY_LOG_ONLY

#include <catch2/catch.hpp>
#include <deque>
#include <memory>
#include <thread>

#include "ledger/disk/directory.h"
#include "tests/support/daemon_load.h"
#include "tests/support/daemon_process.h"
#include "tests/support/json_fields.h"
#include "tests/support/seed.h"
#include "tests/support/temp_directory.h"

namespace keyledger::tests {
namespace {

using ledger::EntityRef;
using ledger::KeyNumber;
using ledger::Position;
using ledger::Record;

const std::string kAccount = "1234-5678-9012";
constexpr std::size_t kOperators = 2;
constexpr std::size_t kPresenters = 2;

// Returns the number of kills; KEYLEDGER_SOAK_ROUNDS turns this into a long test.
std::uint64_t rounds() {
  constexpr std::uint64_t kRounds = 8;
  const char* given = std::getenv("KEYLEDGER_SOAK_ROUNDS");
  return given == nullptr ? kRounds : std::strtoull(given, nullptr, 10);
}

// The contents of the log, read from its directory.
struct LogContents {
  struct Found {
    Position first;
    std::string event;
    std::string key_id;
    std::uint64_t times = 0;
  };
  std::map<std::string, Found> commands;      // by idempotency id
  std::map<std::string, CountOfReason> uses;  // by key_id
  Position end;
};

std::string key_id_in(const std::map<std::uint64_t, std::string>& key_ids, const ledger::Event& event) {
  for (const EntityRef& entity : ledger::entities_of(event)) {
    const auto found = key_ids.find(entity.number);
    if (entity.kind == EntityRef::Kind::kKey && found != key_ids.end()) return found->second;
  }
  return {};
}

LogContents read_log(const std::filesystem::path& data) {
  const auto directory = ledger::open_ledger_to_read(data);
  if (!directory) FAIL(directory.error().message());
  const auto cursor = (*directory)->log().read(Position{1});
  REQUIRE(cursor.ok());
  LogContents contents;
  std::map<std::uint64_t, std::string> key_ids;  // by number
  for (std::uint64_t index = 0;; ++index) {
    const auto record = (*cursor)->next();
    if (!record) FAIL(record.error().message());
    if (!record->has_value()) break;
    REQUIRE((*record)->index == index);
    REQUIRE((*record)->position.value() == contents.end.value() + 1);
    contents.end = last_position_of(**record);
    for (const ledger::Event& event : (*record)->events) {
      if (const auto* created = std::get_if<ledger::KeyCreated>(&event)) {
        key_ids[created->details.key.value()] = ledger::to_string(created->details.key_id.uuid);
      }
      if (const ledger::UseBlock* block = ledger::uses_of(event)) {
        for (const ledger::Use& use : block->uses) ++contents.uses[key_ids[use.key.value()]][use.reason];
      }
    }
    if ((*record)->idempotency_id.empty()) continue;
    LogContents::Found& found = contents.commands[(*record)->idempotency_id];
    const ledger::Event& event = (*record)->events.front();
    found = {.first = (*record)->position,
             .event = std::string(name_of(event)),
             .key_id = key_id_in(key_ids, event),
             .times = found.times + 1};
    CHECK((*record)->events.size() == 1);
  }
  CHECK(contents.end == (*directory)->index().head().position);
  return contents;
}

void check_commands(const LogContents& log, const Journal& journal) {
  for (const Acknowledged& command : journal.commands) {
    const auto found = log.commands.find(command.idempotency_id);
    if (command.event.empty()) {
      if (found != log.commands.end() && found->second.event != "CommandHadNoEffect")
        FAIL_CHECK(command.idempotency_id << " changed nothing and is logged");
      continue;
    }
    if (found == log.commands.end()) {
      FAIL_CHECK(command.idempotency_id << " was acknowledged and is lost");
      continue;
    }
    const LogContents::Found& logged = found->second;
    if (logged.times == 1 && logged.first == command.first && command.position >= command.first &&
        logged.event == command.event && logged.key_id == command.key_id) {
      continue;
    }
    FAIL_CHECK(command.idempotency_id << " was acknowledged as " << command.event << " of " << command.key_id
                                      << " at " << command.first.value() << ", and is logged " << logged.times
                                      << " times, as " << logged.event << " of " << logged.key_id << " at "
                                      << logged.first.value());
  }
}

std::uint64_t sum_of(const CountOfReason& counts) {
  std::uint64_t sum = 0;
  for (const auto& [reason, count] : counts) sum += count;
  return sum;
}

// The log holds at least as many uses as verdicts were received, and at most as many as questions were asked.
void check_uses(const LogContents& log, const std::deque<const Journal*>& journals) {
  std::map<std::string, CountOfReason> received;
  std::map<std::string, std::uint64_t> asked;
  for (const Journal* journal : journals) {
    for (const auto& [key_id, count] : journal->asked) asked[key_id] += count;
    for (const auto& [key_id, counts] : journal->received) {
      for (const auto& [reason, count] : counts) received[key_id][reason] += count;
    }
  }
  for (const auto& [key_id, counts] : received) {
    for (const auto& [reason, count] : counts) {
      const auto key = log.uses.find(key_id);
      const auto logged = key == log.uses.end() || !key->second.contains(reason) ? 0 : key->second.at(reason);
      if (logged < count) {
        FAIL_CHECK("of " << count << " verdicts " << entry_of(reason).name << " on " << key_id << " only "
                         << logged << " are logged");
      }
    }
  }
  for (const auto& [key_id, counts] : log.uses) {
    if (sum_of(counts) > asked[key_id]) {
      FAIL_CHECK(sum_of(counts) << " uses of " << key_id << " are logged, and it was presented "
                                << asked[key_id] << " times");
    }
  }
}

// For every key, the live state agrees with the operator's knowledge and with the counts in the log.
void check_rows(net::Client& client, const LogContents& log, const std::deque<LoadOperator>& operators) {
  std::map<std::string, projections::KeyRow> rows;
  const auto listed =
      client.rows(net::AskList{.kind = projections::RowKind::kKeys}, [&](std::vector<projections::Row> some) {
        for (auto& row : some)
          rows[std::get<projections::KeyRow>(row).key_id] = std::get<projections::KeyRow>(row);
      });
  REQUIRE(listed.ok());
  CHECK(*listed == log.end);
  for (const LoadOperator& one : operators) {
    for (const OwnedKey& key : one.keys()) {
      CAPTURE(key.key_id);
      REQUIRE(rows.contains(key.key_id));
      const projections::KeyRow& row = rows[key.key_id];
      const auto uses = log.uses.find(key.key_id);
      const CountOfReason counts = uses == log.uses.end() ? CountOfReason{} : uses->second;
      const auto allowed = counts.find(ledger::VerdictReason::kAllowed);
      CHECK(row.usage.allowed == (allowed == counts.end() ? 0 : allowed->second));
      CHECK(row.usage.allowed + row.usage.denied == sum_of(counts));
      if (key.key_id == one.key_in_doubt()) continue;
      CHECK((row.status == projections::KeyStatus::kActive) == key.active);
      CHECK(row.clients.empty() == !key.assigned);
    }
  }
}

void check_replay(const DaemonProcess& daemon, Position end) {
  const auto replayed = CommandLine(daemon.data()).json({"replay", "--check"});
  CHECK(number_of(replayed, "position") == end.value());
  CHECK(flag_of(replayed, "root_agrees"));
  const auto& comparisons = field_of(replayed, "comparisons").as_array();
  CHECK(flag_of(row_with(comparisons, "with", "live"), "agrees"));
}

void set_up(const CommandLine& keyledger) {
  keyledger.text({"account", "open", "--number", kAccount, "--name", "Example"});
  keyledger.text({"user", "add", "--account", kAccount, "--username", "alice", "--staff"});
  keyledger.text({"client", "add", "--account", kAccount, "--name", "chat_bot"});
  // A client is public until its first assignment.
  keyledger.text({"key", "create", "--account", kAccount, "--username", "alice", "--name", "first"});
  keyledger.text({"assign", "--key", "first", "--client", "chat_bot"});
}

// The approximate number of bytes that an import of 20,000 users writes.
constexpr std::uint64_t kImportBytes = std::uint64_t{3} << 20;

std::uint64_t bytes_of_write_ahead_logs(const std::filesystem::path& data) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (auto file = std::filesystem::directory_iterator(data / "log", error);
       !error && file != std::filesystem::directory_iterator(); file.increment(error)) {
    std::error_code gone;
    const auto size = file->path().extension() == ".log" ? file->file_size(gone) : 0;
    if (!gone) bytes += size;
  }
  return bytes;
}

// Returns the number of users and the position for which the number holds.
std::pair<std::uint64_t, Position> count_users(net::Client& client) {
  std::uint64_t users = 0;
  const auto listed = client.rows(net::AskList{.kind = projections::RowKind::kUsers},
                                  [&](const std::vector<projections::Row>& some) { users += some.size(); });
  REQUIRE(listed.ok());
  return {users, *listed};
}

std::deque<LoadOperator> hire() {
  std::deque<LoadOperator> operators;
  for (std::size_t i = 0; i < kOperators; ++i) {
    operators.emplace_back("operator" + std::to_string(i), kAccount, "alice", "chat_bot");
  }
  return operators;
}

// Runs all operators and presenters in parallel, each until its connection fails.
class Load {
 public:
  Load(const DaemonProcess& daemon, std::mt19937_64& random, std::deque<LoadOperator>& operators,
       std::deque<Journal>& presenters, Fuse& fuse) {
    for (const LoadOperator& one : operators) keys_.insert(keys_.end(), one.keys().begin(), one.keys().end());
    for (LoadOperator& one : operators) {
      threads_.emplace_back(
          [&fuse, &one, client = daemon.client(), own = std::mt19937_64(random())]() mutable {
            one.work_until_killed(*client, own, fuse);
          });
    }
    for (Journal& journal : presenters) {
      threads_.emplace_back(
          [this, &fuse, &journal, client = daemon.client(), own = std::mt19937_64(random())]() mutable {
            present_until_killed(*client, keys_, own, fuse, journal);
          });
    }
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  ~Load() {
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  std::vector<OwnedKey> keys_;
  std::vector<std::thread> threads_;
};

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

// Runs some commands before the load, so that keys exist.
void warm_up(const DaemonProcess& daemon, std::mt19937_64& random, std::deque<LoadOperator>& operators) {
  constexpr std::uint64_t kCommands = 3;
  Fuse none(daemon.id(), kNever, kNever);
  for (LoadOperator& one : operators) REQUIRE(one.work(*daemon.client(), random, none, kCommands));
}

Fuse draw_fuse(const DaemonProcess& daemon, std::mt19937_64& random, int signal) {
  constexpr std::uint64_t kCommandsMax = 60;
  constexpr std::uint64_t kVerdictsMax = 4'000;
  const auto commands = static_cast<std::int64_t>(1 + random() % kCommandsMax);
  const auto verdicts = static_cast<std::int64_t>(random() % kVerdictsMax);
  return {daemon.id(), commands, verdicts, signal};
}

// Compares all journals with the current log and the live state.
void check_everything(const DaemonProcess& daemon, const std::deque<LoadOperator>& operators,
                      const std::deque<Journal>& presenters) {
  std::deque<const Journal*> journals;
  for (const LoadOperator& one : operators) journals.push_back(&one.journal());
  for (const Journal& journal : presenters) journals.push_back(&journal);
  const LogContents log = read_log(daemon.data());
  for (const Journal* journal : journals) {
    CHECK(journal->complaints == std::vector<std::string>{});
    check_commands(log, *journal);
  }
  check_uses(log, journals);
  check_rows(*daemon.client(), log, operators);
  check_replay(daemon, log.end);
}

}  // namespace

TEST_CASE("a killed daemon loses nothing that it acknowledged, however often it is killed") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const TempDirectory directory;
  auto daemon = std::make_unique<DaemonProcess>(directory / "ledger");
  set_up(CommandLine(*daemon));
  std::deque<LoadOperator> operators = hire();
  std::deque<Journal> presenters(kPresenters);
  for (std::uint64_t round = 0; round < rounds(); ++round) {
    CAPTURE(round);
    warm_up(*daemon, random, operators);
    Fuse fuse = draw_fuse(*daemon, random, SIGKILL);
    { const Load load(*daemon, random, operators, presenters, fuse); }
    CHECK(daemon->kill().status == 128 + SIGKILL);
    daemon = std::make_unique<DaemonProcess>(directory / "ledger");
    check_everything(*daemon, operators, presenters);
  }
  for (const LoadOperator& one : operators) CHECK(!one.journal().commands.empty());
  for (const Journal& journal : presenters) CHECK(!journal.received.empty());
}

// An import is first recorded as an intent, then appended in parts; the kill comes before, during or after
// either step.
TEST_CASE("an import that a kill interrupts is in the ledger as a whole, or not at all") {
  constexpr std::size_t kUsers = 20'000;
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const TempDirectory directory;
  auto daemon = std::make_unique<DaemonProcess>(directory / "ledger");
  set_up(CommandLine(*daemon));
  std::uint64_t users = 1;  // alice
  for (std::uint64_t round = 0; round < rounds(); ++round) {
    CAPTURE(round);
    net::RunCommand run{.idempotency_id = "import-" + std::to_string(round)};
    commands::ImportKeys import{.account = kAccount};
    for (std::size_t i = 0; i < kUsers; ++i) {
      import.users.push_back({.username = std::to_string(round) + "-" + std::to_string(i)});
    }
    run.command = std::move(import);
    const std::uint64_t before = bytes_of_write_ahead_logs(daemon->data());
    const std::uint64_t enough = before + random() % kImportBytes;
    std::atomic<bool> is_answered = false;
    bool is_done = false;
    std::thread importer([&, client = daemon->client()] {
      is_done = client->run(run).ok();
      is_answered = true;
    });
    while (!is_answered && bytes_of_write_ahead_logs(daemon->data()) < enough) std::this_thread::yield();
    CHECK(daemon->kill().status == 128 + SIGKILL);
    importer.join();
    daemon = std::make_unique<DaemonProcess>(directory / "ledger");
    const std::uint64_t found = count_users(*daemon->client()).first;
    CAPTURE(is_done, found, users);
    CHECK((found == users + kUsers || (found == users && !is_done)));
    // A client without an answer retries.
    const auto again = daemon->client()->run(run);
    REQUIRE(again.ok());
    CHECK(again->done.added.users == kUsers);
    users += kUsers;
    const auto [now, end] = count_users(*daemon->client());
    CHECK(now == users);
    check_replay(*daemon, end);
  }
}

TEST_CASE("a daemon that is stopped under load answers what it acknowledges, and leaves it whole") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const TempDirectory directory;
  auto daemon = std::make_unique<DaemonProcess>(directory / "ledger");
  set_up(CommandLine(*daemon));
  std::deque<LoadOperator> operators = hire();
  std::deque<Journal> presenters(kPresenters);
  constexpr int kRounds = 3;
  for (int round = 0; round < kRounds; ++round) {
    CAPTURE(round);
    warm_up(*daemon, random, operators);
    Fuse fuse = draw_fuse(*daemon, random, SIGTERM);
    { const Load load(*daemon, random, operators, presenters, fuse); }
    const Ending stopped = daemon->stop();
    CAPTURE(stopped.err);
    CHECK(stopped.status == 0);
    const auto replayed = CommandLine(daemon->data()).json({"replay", "--check"});
    CHECK(flag_of(row_with(field_of(replayed, "comparisons").as_array(), "with", "closing"), "agrees"));
    daemon = std::make_unique<DaemonProcess>(directory / "ledger");
    check_everything(*daemon, operators, presenters);
  }
}

TEST_CASE("a ledger is read and checked beside a daemon that goes on writing it") {
  const std::uint64_t seed = test_seed();
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  const TempDirectory directory;
  DaemonProcess daemon(directory / "ledger");
  set_up(CommandLine(daemon));
  std::deque<LoadOperator> operators = hire();
  std::deque<Journal> presenters(kPresenters);
  warm_up(daemon, random, operators);
  const CommandLine offline(daemon.data());
  constexpr int kLooks = 4;
  std::vector<Ending> endings;
  {
    Fuse fuse(daemon.id(), kNever, kNever);
    const Load load(daemon, random, operators, presenters, fuse);
    for (int look = 0; look < kLooks; ++look) {
      endings.push_back(offline.run({"replay", "--check"}));
      endings.push_back(offline.run({"state"}));
    }
    daemon.kill();
  }
  std::uint64_t before = 0;
  for (const Ending& ending : endings) {
    CAPTURE(ending.err);
    REQUIRE(ending.status == 0);
    const auto answer = parse_json(ending.out);
    if (!answer.is_object()) continue;
    CHECK(number_of(answer, "position") >= before);
    before = number_of(answer, "position");
    CHECK(flag_of(answer, "root_agrees"));
    CHECK(flag_of(row_with(field_of(answer, "comparisons").as_array(), "with", "live"), "agrees"));
  }
}

}  // namespace keyledger::tests

#endif
