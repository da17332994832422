// The past of a ledger: history, state, replay, and reading a ledger without its daemon.
#ifndef KEYLEDGER_MEMORY_LOG_ONLY

#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

#include "tests/integration/ledger_example.h"
#include "tests/ledger/file_damage.h"

namespace keyledger::tests {
namespace {

namespace json = boost::json;
using Arguments = CommandLine::Arguments;

const std::string kAccount = LedgerExample::kAccount;

// A key after creation, assignment, a use, a refused use, deactivation and a second refused use, beside an
// unused key.
struct UsedLedger : LedgerExample {
  UsedLedger() {
    secret = create_key("production");
    create_key("spare");
    keyledger.text({"assign", "--key", "production", "--client", "chat_bot"});
    keyledger.text({"auth", "-", "--client", "chat_bot", "--address", "192.0.2.7"}, secret);
    keyledger.text({"auth", "-"}, secret);
    keyledger.text({"key", "deactivate", "production", "--reason", "leaked in a log"});
    keyledger.text({"auth", "-", "--client", "chat_bot"}, secret, 1);
    keyledger.text({"auth", "nobody's"}, {}, 1);
  }

  std::string secret;
};

std::vector<std::string> events_of(const json::array& rows) {
  std::vector<std::string> events;
  for (const json::value& row : rows) events.push_back(text_of(row, "event"));
  return events;
}

std::vector<std::uint64_t> positions_of(const json::array& rows) {
  std::vector<std::uint64_t> positions;
  for (const json::value& row : rows) positions.push_back(number_of(row, "position"));
  return positions;
}

using Events = std::vector<std::string>;

const Events kMade = {"AccountOpened",  "UserRegistered",    "UserJoinedAccount",
                      "UserRegistered", "UserJoinedAccount", "ClientRegistered"};

Events joined(Events first, const Events& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

}  // namespace

TEST_CASE("history shows every command, and every use when it is asked for them") {
  const UsedLedger example;
  const CommandLine& keyledger = example.keyledger;
  const json::array commands = keyledger.rows({"history"});
  CHECK(events_of(commands) ==
        joined(kMade, {"KeyCreated", "KeyCreated", "KeyAssigned", "KeyDeactivated", "UnknownTokensRefused"}));
  const json::array all = keyledger.rows({"history", "--uses"});
  CHECK(events_of(all) == joined(kMade, {"KeyCreated", "KeyCreated", "KeyAssigned", "KeyUsed", "KeyUsed",
                                         "KeyDeactivated", "UseDenied", "UnknownTokensRefused"}));
  const auto positions = positions_of(all);
  for (std::size_t i = 0; i < positions.size(); ++i) CHECK(positions[i] == i + 1);

  const json::value& used = row_with(all, "event", "KeyUsed");
  CHECK(text_of(used, "key") == "production");
  CHECK(text_of(used, "client") == "chat_bot");
  CHECK(text_of(used, "username") == "alice");
  CHECK(text_of(used, "account") == kAccount);
  CHECK(text_of(used, "address") == "192.0.2.7");
  CHECK(text_of(row_with(all, "event", "UseDenied"), "reason") == "inactive");
  const json::value& deactivated = row_with(all, "event", "KeyDeactivated");
  CHECK(text_of(deactivated, "reason") == "leaked in a log");
  CHECK(text_of(deactivated, "actor").starts_with("operator uid:"));
}

TEST_CASE("history is of one entity and what belongs to it") {
  const UsedLedger example;
  const CommandLine& keyledger = example.keyledger;
  const auto events = [&](const std::string& flag, const std::string& name) {
    return events_of(keyledger.rows({"history", "--uses", flag, name}));
  };
  CHECK(events("--key", "production") ==
        Events{"KeyCreated", "KeyAssigned", "KeyUsed", "KeyUsed", "KeyDeactivated", "UseDenied"});
  CHECK(events("--key", "alice/spare") == Events{"KeyCreated"});
  CHECK(events("--client", "chat_bot") == Events{"ClientRegistered", "KeyAssigned", "KeyUsed", "UseDenied"});
  CHECK(events("--user", "bob") == Events{"UserRegistered", "UserJoinedAccount"});
  CHECK(events("--user", "alice").size() == 9);
  CHECK(events("--account", kAccount).size() == 11);  // without the registrations and the unknown token
  CHECK(events_of(keyledger.rows({"history", "--key", "production"})) ==
        Events{"KeyCreated", "KeyAssigned", "KeyDeactivated"});
}

TEST_CASE("history is of a span of time, both ends included") {
  const UsedLedger example;
  const CommandLine& keyledger = example.keyledger;
  const json::array all = keyledger.rows({"history", "--uses"});
  const std::string moment = text_of(row_with(all, "event", "KeyDeactivated"), "time");
  const json::array since = keyledger.rows({"history", "--uses", "--since", moment});
  const json::array until = keyledger.rows({"history", "--uses", "--until", moment});
  CHECK(text_of(since.front(), "event") == "KeyDeactivated");
  CHECK(text_of(until.back(), "event") == "KeyDeactivated");
  CHECK(since.size() + until.size() == all.size() + 1);
  CHECK(keyledger.rows({"history", "--until", "-1d"}).empty());
  CHECK(keyledger.rows({"history", "--uses", "--since", "-1d"}) == all);
}

TEST_CASE("the state at every position is what the events up to there made") {
  const UsedLedger example;
  const CommandLine& keyledger = example.keyledger;
  const json::array all = keyledger.rows({"history", "--uses"});
  const auto key_at = [&](std::uint64_t position) {
    return row_with(keyledger.rows({"state", "--position", std::to_string(position)}), "name", "production");
  };
  const auto position_of = [&](const std::string& event) {
    return number_of(row_with(all, "event", event), "position");
  };
  CHECK(keyledger.rows({"state", "--position", "0"}).empty());
  CHECK(keyledger.rows({"state", "--position", "6"}).size() == 4);
  const std::uint64_t deactivated = position_of("KeyDeactivated");
  CHECK(text_of(key_at(deactivated - 1), "status") == "active");
  CHECK(text_of(key_at(deactivated), "status") == "inactive");
  const std::uint64_t used = position_of("KeyUsed");
  CHECK(number_of(key_at(used - 1), "uses") == 0);
  CHECK(number_of(key_at(used), "uses") == 1);
  CHECK(number_of(key_at(used + 1), "uses") == 2);
  CHECK(field_of(key_at(position_of("KeyAssigned")), "clients") == json::array{"chat_bot"});
  CHECK(keyledger.rows({"state", "--position", std::to_string(all.size())}) == keyledger.rows({"state"}));

  const std::string moment = text_of(row_with(all, "event", "KeyDeactivated"), "time");
  const json::array then = keyledger.rows({"state", "--at", moment});
  CHECK(text_of(row_with(then, "name", "production"), "status") == "inactive");
  const std::string before = text_of(row_with(all, "event", "KeyAssigned"), "time");
  CHECK(text_of(row_with(keyledger.rows({"state", "--at", before}), "name", "production"), "status") ==
        "active");
  CHECK(keyledger.rows({"state", "--at", "-1d"}).empty());
  CHECK(keyledger.text({"state", "-o", "table"}).ends_with("\nas of position 14\n"));
}

TEST_CASE("a position that the log does not reach is refused") {
  const LedgerExample example;
  const CommandLine offline(example.daemon.data());
  const Arguments state = {"state", "--position", "99"};
  for (const json::value& failure : {example.keyledger.refusal(state, 1), offline.refusal(state, 1),
                                     offline.refusal({"replay", "--to", "99"}, 1)}) {
    CHECK(text_of(failure, "error") == "no_such_position");
    CHECK(text_of(failure, "message") == "The log ends before this position: 99");
  }
}

TEST_CASE("a ledger's directory answers as its daemon does, beside it and without it") {
  UsedLedger example;
  const CommandLine offline(example.daemon.data());
  const std::vector<Arguments> questions = {{"account", "list"},
                                            {"user", "list"},
                                            {"user", "show", "alice"},
                                            {"client", "list"},
                                            {"client", "show", "chat_bot"},
                                            {"client", "keys", "chat_bot"},
                                            {"key", "list"},
                                            {"key", "show", "alice/production"},
                                            {"history"},
                                            {"history", "--uses"},
                                            {"history", "--uses", "--client", "chat_bot"},
                                            {"history", "--user", "alice"},
                                            {"history", "--since", "-1d", "--until", "+1d"},
                                            {"state"},
                                            {"state", "--position", "9"},
                                            {"state", "--at", "+0s"}};
  std::vector<std::string> answers;
  for (const Arguments& question : questions) {
    CAPTURE(question);
    answers.push_back(example.keyledger.text(question));
    CHECK(offline.text(question) == answers.back());
  }
  const json::value has = example.keyledger.json({"client", "has-active-key", "chat_bot"}, {}, 1);
  CHECK(offline.json({"client", "has-active-key", "chat_bot"}, {}, 1) == has);
  const json::value stats = example.keyledger.json({"log", "stats"});
  const json::value stats_offline = offline.json({"log", "stats"});
  for (const char* field : {"ledger_id", "position", "records", "root_hash", "last_time", "keys"}) {
    CAPTURE(field);
    CHECK(field_of(stats, field) == field_of(stats_offline, field));
  }
  CHECK(is_null(stats_offline, "daemon_pid"));
  CHECK(text_of(offline.refusal({"key", "show", "x"}, 1), "error") == "key_unknown");

  CHECK(example.daemon.stop().status == 0);
  const auto before = files_below(example.daemon.data());
  for (std::size_t i = 0; i < questions.size(); ++i) {
    CAPTURE(questions[i]);
    CHECK(offline.text(questions[i]) == answers[i]);
  }
  CHECK(files_below(example.daemon.data()) == before);
}

TEST_CASE("a daemon stops cleanly on SIGTERM, and the next one goes on where it ended") {
  UsedLedger example;
  const std::string state = example.keyledger.text({"state"});
  const std::uint64_t position = example.position();
  const CommandLine offline(example.daemon.data());
  const json::value live = offline.json({"replay", "--check"});
  CHECK(flag_of(row_with(field_of(live, "comparisons").as_array(), "with", "live"), "agrees"));

  const Ending stopped = example.daemon.stop();
  CHECK(stopped.status == 0);
  CHECK(stopped.out.empty());
  CHECK(stopped.err.find("stopping on signal 15") != std::string::npos);
  const json::value closed = offline.json({"replay", "--check"});
  CHECK(flag_of(closed, "root_agrees"));
  CHECK(number_of(closed, "position") == position);
  const json::array& comparisons = field_of(closed, "comparisons").as_array();
  CHECK(flag_of(row_with(comparisons, "with", "closing"), "agrees"));
  CHECK(text_of(closed, "state_digest") == text_of(live, "state_digest"));
  CHECK(text_of(closed, "root_hash") == text_of(live, "root_hash"));

  const DaemonProcess next(example.daemon.data());
  CHECK(next.log().find("at position " + std::to_string(position)) != std::string::npos);
  CHECK(CommandLine(next).text({"state"}) == state);
  CHECK(text_of(CommandLine(next).json({"auth", "-"}, example.secret, 1), "reason") == "inactive");
  CommandLine(next).text({"key", "activate", "production"});
  CHECK(text_of(CommandLine(next).json({"auth", "-"}, example.secret), "reason") == "allowed");
}

TEST_CASE("replay stops where it is told, and says what the state was there") {
  const UsedLedger example;
  const CommandLine offline(example.daemon.data());
  std::set<std::string> digests;
  for (std::uint64_t to = 0; to <= example.position(); ++to) {
    const json::value replayed = offline.json({"replay", "--check", "--to", std::to_string(to)});
    CHECK(number_of(replayed, "position") == to);
    CHECK(flag_of(replayed, "root_agrees"));
    CHECK(field_of(replayed, "comparisons").as_array().size() == (to == example.position() ? 1 : 0));
    digests.insert(text_of(replayed, "state_digest"));
  }
  CHECK(digests.size() == example.position() + 1);
}

TEST_CASE("a secret is told once and is nowhere else") {
  LedgerExample example;
  const CommandLine& keyledger = example.keyledger;
  const std::string secret = example.create_key("production");
  const Ending created =
      keyledger.run({"key", "create", "--account", kAccount, "--username", "alice", "--name", "spare"});
  const std::string spare = text_of(parse_json(created.out), "secret");
  std::string said = created.err;
  const auto add = [&](const Ending& ending) { said += ending.out + ending.err; };
  for (const Arguments& question : {Arguments{"assign", "--key", "production", "--client", "chat_bot"},
                                    {"auth", "-", "--client", "chat_bot"},
                                    {"auth", secret},
                                    {"auth", secret + "x"},
                                    {"auth", "-", "--client", "nobody"},
                                    {"history", "--uses"},
                                    {"state"},
                                    {"key", "show", "production"},
                                    {"key", "deactivate", "production", "--reason", "leaked"},
                                    {"auth", "-", "-o", "table"}}) {
    add(keyledger.run(question, secret));
  }
  example.daemon.kill();
  const DaemonProcess again(example.daemon.data(), {"--log-level", "debug"});
  add(CommandLine(again).run({"auth", "-"}, spare));
  said += example.daemon.log() + again.log();
  for (const std::string& each : {secret, spare}) {
    CHECK(said.find(each.substr(0, 20)) == std::string::npos);
    CHECK(said.find(each.substr(each.size() - 20)) == std::string::npos);
    for (const auto& [name, content] : files_below(again.data())) {
      CAPTURE(name);
      CHECK(content.find(each.substr(0, 20)) == std::string::npos);
      CHECK(content.find(each.substr(each.size() - 20)) == std::string::npos);
    }
  }
}

}  // namespace keyledger::tests

#endif
