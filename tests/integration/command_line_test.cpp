// The nouns and verbs of keyledger, against a running daemon.
#ifndef KEYLEDGER_MEMORY_LOG_ONLY

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/integration/ledger_example.h"

namespace keyledger::tests {
namespace {

namespace json = boost::json;
using Arguments = CommandLine::Arguments;

const std::string kAccount = LedgerExample::kAccount;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

Ending keyledger(Arguments arguments) { return run(keyledger_program(std::move(arguments))); }

}  // namespace

TEST_CASE("the help of keyledger names every noun, verb and exit status") {
  const Ending help = keyledger({"--help"});
  CHECK(help.status == 0);
  CHECK(help.err.empty());
  for (const char* noun : {"account", "user", "client", "key", "assign", "unassign", "auth", "history",
                           "state", "log", "import", "replay", "0 done or allowed", "4 corruption found"}) {
    CAPTURE(noun);
    CHECK(contains(help.out, noun));
  }
  const std::vector<std::pair<std::string, std::vector<std::string>>> verbs = {
      {"account", {"open", "list", "show"}},
      {"user", {"add", "list", "show"}},
      {"client", {"add", "list", "show", "keys", "has-active-key"}},
      {"key", {"create", "list", "show", "activate", "deactivate", "toggle", "delete"}},
      {"log", {"stats"}},
      {"import", {"django"}}};
  for (const auto& [noun, names] : verbs) {
    const Ending of_noun = keyledger({noun, "--help"});
    CHECK(of_noun.status == 0);
    for (const std::string& name : names) {
      CAPTURE(noun, name);
      CHECK(contains(of_noun.out, "\n  " + name));
      CHECK(keyledger({noun, name, "--help"}).status == 0);
    }
  }
  CHECK(keyledger({"--version"}).out.starts_with("keyledger "));
}

TEST_CASE("a command line that is not understood ends with status 2 and says how to go on") {
  struct Wrong {
    Arguments arguments;
    std::string says;
  };
  const std::vector<Wrong> all = {
      {{}, "keyledger: A subcommand is required; use one of: account, user, client, key"},
      {{"frobnicate"}, "keyledger: \"frobnicate\" is not understood; use one of: account, user"},
      {{"key"}, "keyledger key: A subcommand is required; use one of: create, list, show"},
      {{"key", "frobnicate"}, "keyledger key: \"frobnicate\" is not understood; use one of: create, list"},
      {{"key", "show"}, "keyledger key show: KEY is required"},
      {{"key", "show", "a", "b"}, "keyledger key show: The following argument was not expected: b"},
      {{"key", "list", "--frob"}, "keyledger key list: The following argument was not expected: --frob"},
      {{"account", "open", "--number", kAccount}, "keyledger account open: --name is required"},
      {{"-o", "xml", "key", "list"}, "xml not in {table,json,jsonl,csv,yaml}"},
      {{"--data", "a", "--connect", "unix:b", "key", "list"}, "excludes"},
      {{"history", "--key", "a", "--client", "b"}, "keyledger history: "},
      {{"history", "--since", "yesterday"}, "--since takes an RFC 3339 time"},
      {{"state", "--at", "noon"}, "--at takes an RFC 3339 time"},
      {{"state", "--at", "-1d", "--position", "1"}, "excludes"},
      {{"auth", "x", "--address", "here"}, "--address takes an IPv4 or IPv6 address, not \"here\""},
      {{"state", "--position", "-1"}, "--position: must be a number, not '-1'"},
      {{"replay", "--data", "x", "--to", "-1"}, "--to: must be a number, not '-1'"},
      {{"auth", std::string(129, 'x')}, "a token has at most 128 bytes"},
      {{"--connect", "nowhere", "key", "list"},
       "'nowhere' is not an address; write unix:PATH or tcp:HOST:PORT"},
      {{"replay"}, "name the directory with --data DIR"},
      {{"--data", "somewhere", "key", "delete", "x"},
       "this command needs a daemon: start keyledgerd --data somewhere"},
  };
  for (const Wrong& wrong : all) {
    CAPTURE(wrong.arguments);
    const Ending ending = keyledger(wrong.arguments);
    CAPTURE(ending.err);
    CHECK(ending.status == 2);
    CHECK(ending.out.empty());
    CHECK(contains(ending.err, wrong.says));
  }
}

TEST_CASE("an option that names nothing is not taken for one that was not given") {
  const TempDirectory directory;
  for (const Arguments& arguments :
       {Arguments{"auth", "x", "--client", ""},
        {"auth", "x", "--address", ""},
        {"history", "--key", ""},
        {"history", "--account", ""},
        {"history", "--since", ""},
        {"state", "--at", ""},
        {"key", "show", ""},
        {"account", "show", ""},
        {"key", "create", "--account", kAccount, "--username", "alice", "--name", "x", "--expires", ""},
        {"key", "delete", "x", "--idempotency-key", ""},
        {"--data", "", "key", "list"},
        {"--connect", "", "key", "list"}}) {
    CAPTURE(arguments);
    const Ending ending = keyledger(arguments);
    CAPTURE(ending.err);
    CHECK(ending.status == 2);
    CHECK(contains(ending.err, "must not be empty"));
  }
  const Ending daemon = run(keyledgerd_program({"--data", ""}));
  CHECK(daemon.status == 2);
  CHECK(daemon.err == "keyledgerd: --data: must not be empty\nSee keyledgerd --help.\n");
}

TEST_CASE("a daemon that is not there ends a command with status 3, in the form that was asked for") {
  const TempDirectory directory;
  const std::string address = "unix:" + (directory / "no.sock").string();
  const Ending shown = keyledger({"--connect", address, "-o", "table", "key", "list"});
  CHECK(shown.status == 3);
  CHECK(shown.out.empty());
  CHECK(shown.err == "keyledger: The daemon cannot be reached: " + address +
                         ": No such file or directory\nStart the daemon with keyledgerd, or name its socket "
                         "with --connect or KEYLEDGER_CONNECT.\n");
  Program program = keyledger_program({"log", "stats", "-o", "jsonl"});
  program.environment["KEYLEDGER_CONNECT"] = address;
  const Ending listed = run(program);
  CHECK(listed.status == 3);
  const json::value failure = parse_json(listed.err);
  CHECK(text_of(failure, "error") == "cannot_connect");
  CHECK(number_of(failure, "code") == 3008);
  CHECK(contains(text_of(failure, "message"), address));
  CHECK(run(keyledger_program({"--connect", address, "-o", "csv", "key", "list"})).err == shown.err);
  const Ending yaml = run(keyledger_program({"--connect", address, "-o", "yaml", "key", "list"}));
  CHECK(yaml.status == 3);
  CHECK(yaml.out.empty());
  CHECK(yaml.err.starts_with("error: cannot_connect\ncode: 3008\nmessage: \"The daemon cannot be reached: "));
  CHECK(contains(yaml.err, "\nadvice: "));
}

TEST_CASE("accounts, users and clients are made, listed and shown") {
  const LedgerExample example;
  const CommandLine& keyledger = example.keyledger;
  const json::value account =
      keyledger.json({"account", "open", "--number", "0000-0000-0001", "--name", "É"});
  CHECK(flag_of(account, "changed"));
  CHECK(number_of(account, "position") == LedgerExample::kPosition + 1);
  CHECK(text_of(account, "account") == "0000-0000-0001");
  CHECK(text_of(account, "name") == "É");
  const json::array accounts = keyledger.rows({"account", "list"});
  CHECK(accounts.size() == 2);
  CHECK(accounts.front() == keyledger.json({"account", "show", kAccount}));
  CHECK(number_of(accounts.front(), "users") == 2);
  CHECK(number_of(accounts.front(), "clients") == 1);
  CHECK(number_of(accounts.front(), "keys") == 0);

  const json::array users = keyledger.rows({"user", "list"});
  CHECK(users.size() == 2);
  CHECK(flag_of(row_with(users, "username", "alice"), "staff"));
  CHECK(!flag_of(row_with(users, "username", "bob"), "staff"));
  const json::value bob = keyledger.json({"user", "show", "bob"});
  CHECK(flag_of(bob, "active"));
  CHECK(field_of(bob, "accounts") == json::array{kAccount});

  const json::value client = keyledger.json({"client", "show", "chat_bot"});
  CHECK(keyledger.rows({"client", "list"}).front() == client);
  CHECK(keyledger.json({"client", "show", text_of(client, "client_id")}) == client);
  CHECK(keyledger.json({"client", "show", kAccount + "/chat_bot"}) == client);
  CHECK(!flag_of(client, "requires_key"));
  CHECK(is_null(client, "last_used"));
}

TEST_CASE("a refusal names its code, its subject and what to do, and changes nothing") {
  const LedgerExample example;
  example.create_key("production");
  const std::uint64_t position = example.position();
  struct Refused {
    Arguments arguments;
    std::uint64_t code;
    std::string name;
    std::string message;
  };
  const std::string uuid = "00000000-0000-4000-8000-000000000000";
  const std::vector<Refused> all = {
      {{"key", "create", "--account", kAccount, "--username", "bob", "--name", "x"},
       1001,
       "not_staff",
       "API Keys can only be created for staff users: bob"},
      {{"account", "open", "--number", kAccount, "--name", "x"}, 1002, "account_exists", kAccount},
      {{"user", "add", "--account", "9999-9999-9999", "--username", "x"}, 1003, "account_unknown", "9999"},
      {{"account", "open", "--number", "12345", "--name", "x"}, 1004, "account_number_invalid", "12345"},
      {{"user", "add", "--account", kAccount, "--username", "alice"}, 1005, "user_exists", "alice"},
      {{"key", "create", "--account", kAccount, "--username", "carol", "--name", "x"},
       1006,
       "user_unknown",
       "carol"},
      {{"client", "add", "--account", kAccount, "--name", "chat_bot"}, 1008, "client_exists", "chat_bot"},
      {{"client", "has-active-key", "other_bot"}, 1009, "client_unknown", "other_bot"},
      {{"client", "keys", "other_bot"}, 1009, "client_unknown", "other_bot"},
      {{"assign", "--key", "production", "--client", "other_bot"}, 1009, "client_unknown", "other_bot"},
      {{"key", "deactivate", uuid}, 1010, "key_unknown", uuid},
      {{"key", "show", "x"}, 1010, "key_unknown", "x"},
      {{"history", "--key", "x"}, 1010, "key_unknown", "x"},
      {{"key", "create", "--account", kAccount, "--username", "alice", "--name", "production"},
       1011,
       "key_name_taken",
       "production"},
      {{"user", "add", "--account", kAccount, "--username", "a/b"}, 1014, "name_invalid", "a/b"},
      {{"client", "add", "--account", kAccount, "--name", ""}, 1014, "name_invalid", ""},
      {{"key", "create", "--account", kAccount, "--username", "alice", "--name", "x", "--description",
        std::string(256, 'x')},
       1015,
       "description_too_long",
       "255"},
      {{"key", "create", "--account", kAccount, "--username", "alice", "--name", "x", "--prefix",
        "far_too_long"},
       1017,
       "prefix_invalid",
       "far_too_long"},
      {{"key", "create", "--account", kAccount, "--username", "alice", "--name", "x", "--expires",
        "2020-01-01"},
       1018,
       "expiry_past",
       ""},
  };
  for (const Refused& refused : all) {
    CAPTURE(refused.arguments);
    const json::value failure = example.keyledger.refusal(refused.arguments, 1);
    CHECK(number_of(failure, "code") == refused.code);
    CHECK(text_of(failure, "error") == refused.name);
    CHECK(contains(text_of(failure, "message"), refused.message));
    CHECK(!text_of(failure, "advice").empty());
    CHECK(example.position() == position);
  }
  const Ending shown = example.keyledger.run({"-o", "table", "key", "show", "x"});
  CHECK(shown.status == 1);
  CHECK(shown.err == "keyledger: There is no such key: x\nList the keys with: keyledger key list\n");
}

TEST_CASE("a key is created with all that was said of it, and its secret is shown once") {
  const LedgerExample example;
  const Ending created = example.keyledger.run(
      {"key", "create", "--account", kAccount, "--username", "alice", "--name", "production", "--description",
       "for the \"bot\"", "--tag", "one", "--tag", "two", "--expires", "2999-01-01", "--prefix", "ex_"});
  CHECK(created.status == 0);
  CHECK(contains(created.err, "only displayed once"));
  const json::value key = parse_json(created.out);
  const std::string secret = text_of(key, "secret");
  CHECK(secret.size() == 3 + 43 + 6);
  CHECK(secret.starts_with("ex_"));
  CHECK(text_of(key, "status") == "active");
  CHECK(text_of(key, "description") == "for the \"bot\"");
  CHECK(field_of(key, "tags") == json::array{"one", "two"});
  CHECK(text_of(key, "expiry") == "2999-01-01T00:00:00.000000Z");
  CHECK(text_of(key, "scheme") == "sha256");
  CHECK(text_of(key, "identifier").starts_with("****"));
  CHECK(number_of(key, "version") == 1);
  CHECK(!flag_of(key, "imported"));

  const json::value shown = example.keyledger.json({"key", "show", "production"});
  CHECK(shown.get_object().if_contains("secret") == nullptr);
  CHECK(shown == example.keyledger.json({"key", "show", text_of(key, "key_id")}));
  CHECK(shown == example.keyledger.json({"key", "show", "alice/production"}));
  CHECK(example.keyledger.rows({"key", "list"}) == json::array{shown});
  CHECK(flag_of(example.keyledger.json({"auth", "-"}, secret + "\r\n"), "allowed"));
}

TEST_CASE("key create -q prints the secret and nothing else") {
  const LedgerExample example;
  const Ending created = example.keyledger.run(
      {"key", "create", "--account", kAccount, "--username", "alice", "--name", "production", "-q"});
  CHECK(created.status == 0);
  CHECK(created.err.empty());
  REQUIRE(created.out.size() == 3 + 43 + 6 + 1);
  CHECK(created.out.starts_with("kl_"));
  CHECK(created.out.find('\n') == created.out.size() - 1);
  CHECK(flag_of(example.keyledger.json({"auth", "-"}, created.out), "allowed"));
}

TEST_CASE("what is so already is done without an event, and toggle always changes") {
  const LedgerExample example;
  example.create_key("production");
  std::uint64_t position = example.position();
  const auto does = [&](Arguments arguments, std::uint64_t events) {
    CAPTURE(arguments);
    const json::value done = example.keyledger.json(std::move(arguments));
    position += events;
    CHECK(flag_of(done, "changed") == (events > 0));
    CHECK(number_of(done, "position") == position);
    CHECK(example.position() == position);
    return done;
  };
  const Arguments assign = {"assign", "--key", "production", "--client", "chat_bot"};
  const Arguments unassign = {"unassign", "--key", "production", "--client", "chat_bot"};
  does({"key", "activate", "production"}, 0);
  CHECK(text_of(does({"key", "deactivate", "production"}, 1), "status") == "inactive");
  does({"key", "deactivate", "production"}, 0);
  CHECK(text_of(does({"key", "activate", "production"}, 1), "status") == "active");
  CHECK(text_of(does({"key", "toggle", "production"}, 1), "status") == "inactive");
  CHECK(text_of(does({"key", "toggle", "production"}, 1), "status") == "active");
  does(unassign, 0);
  CHECK(field_of(does(assign, 1), "clients") == json::array{"chat_bot"});
  does(assign, 0);
  does(unassign, 1);
  const json::value deleted = does({"key", "delete", "production"}, 1);
  CHECK(text_of(deleted, "status") == "deleted");
  does({"key", "delete", text_of(deleted, "key_id")}, 0);
  const json::value failure = example.keyledger.refusal({"key", "activate", text_of(deleted, "key_id")}, 1);
  CHECK(text_of(failure, "error") == "key_deleted");
}

TEST_CASE("a command that is sent again with its idempotency key is done once") {
  const LedgerExample example;
  const Arguments create = {"key",    "create", "--account",         kAccount,   "--username", "alice",
                            "--name", "once",   "--idempotency-key", "deploy-17"};
  const json::value first = example.keyledger.json(create);
  const Ending again = example.keyledger.run(create);
  CHECK(again.status == 0);
  CHECK(contains(again.err, "this command was carried out before"));
  const json::value second = parse_json(again.out);
  CHECK(flag_of(second, "repeated"));
  CHECK(is_null(second, "secret"));
  CHECK(text_of(second, "key_id") == text_of(first, "key_id"));
  CHECK(number_of(second, "position") == number_of(first, "position"));
  CHECK(text_of(example.keyledger.refusal({"key", "toggle", "once", "--idempotency-key", "deploy-17"}, 1),
                "error") == "idempotency_conflict");
  CHECK(example.keyledger.rows({"key", "list"}).size() == 1);
}

TEST_CASE("auth answers with the verdict, its reasons and its exit status") {
  const LedgerExample example;
  const CommandLine& keyledger = example.keyledger;
  const std::string secret = example.create_key("production");
  const auto reason = [&](Arguments arguments, int status) {
    arguments.insert(arguments.begin(), "auth");
    return text_of(keyledger.json(std::move(arguments), secret, status), "reason");
  };
  CHECK(reason({"-"}, 0) == "allowed");
  CHECK(reason({secret}, 0) == "allowed");
  CHECK(reason({"--client", "chat_bot"}, 0) == "allowed");  // still public, and no token is presented
  // A presented token is judged, even an empty one; only a missing token is anonymous.
  CHECK(reason({"", "--client", "chat_bot"}, 1) == "malformed");
  CHECK(text_of(keyledger.json({"auth", "-", "--client", "chat_bot"}, "", 1), "reason") == "malformed");
  keyledger.text({"assign", "--key", "production", "--client", "chat_bot"});
  CHECK(reason({"--client", "chat_bot"}, 1) == "key_required");
  CHECK(reason({"-", "--client", "chat_bot"}, 0) == "allowed");
  CHECK(reason({"-", "--client", "other_bot"}, 1) == "client_unknown");
  CHECK(reason({}, 1) == "key_required");
  CHECK(reason({"kl_typo"}, 1) == "unknown");
  std::string typo = secret;
  typo[10] = typo[10] == 'a' ? 'b' : 'a';
  CHECK(reason({typo}, 1) == "malformed");
  const json::value verdict = keyledger.json({"auth", "-", "--client", "chat_bot"}, secret);
  CHECK(text_of(verdict, "owner") == "alice");
  CHECK(text_of(verdict, "account") == kAccount);
  CHECK(field_of(verdict, "warnings") == json::array{});
  keyledger.text({"key", "deactivate", "production"});
  const json::value denied = keyledger.json({"auth", "-"}, secret, 1);
  CHECK(text_of(denied, "reason") == "inactive");
  CHECK(text_of(denied, "message") == "Api key is not activated.");
  keyledger.text({"key", "delete", "production"});
  const json::value deleted = keyledger.json({"auth", "-"}, secret, 1);
  CHECK(text_of(deleted, "reason") == "deleted");
  CHECK(text_of(deleted, "message") == "Invalid token.");
}

TEST_CASE("a client that ever had a key requires one, and says whether one works") {
  const LedgerExample example;
  const CommandLine& keyledger = example.keyledger;
  const std::string secret = example.create_key("production");
  const auto counts = [&](int status, std::uint64_t assigned, std::uint64_t active) {
    const json::value answer = keyledger.json({"client", "has-active-key", "chat_bot"}, {}, status);
    CHECK(flag_of(answer, "has_active_key") == (status == 0));
    CHECK(number_of(answer, "assigned") == assigned);
    CHECK(number_of(answer, "active") == active);
    CHECK(keyledger.rows({"client", "keys", "chat_bot"}).size() == assigned);
    return flag_of(answer, "requires_key");
  };
  CHECK(!counts(1, 0, 0));
  keyledger.text({"assign", "--key", "production", "--client", "chat_bot"});
  CHECK(counts(0, 1, 1));
  keyledger.text({"key", "deactivate", "production"});
  CHECK(counts(1, 1, 0));
  keyledger.text({"unassign", "--key", "production", "--client", "chat_bot"});
  CHECK(counts(1, 0, 0));
  CHECK(flag_of(keyledger.json({"client", "show", "chat_bot"}), "requires_key"));
}

TEST_CASE("lists read the same as a table, as JSON and as JSON lines") {
  const LedgerExample example;
  const CommandLine& keyledger = example.keyledger;
  CHECK(keyledger.text({"key", "list", "-o", "table"}) == "(none)\n");
  CHECK(keyledger.text({"key", "list", "-o", "json"}) == "[]\n");
  CHECK(keyledger.text({"key", "list", "-o", "jsonl"}).empty());
  const json::array users = keyledger.rows({"user", "list", "-o", "json"});
  json::array lines;
  std::string rest = keyledger.text({"user", "list", "-o", "jsonl"});
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    REQUIRE(end != rest.npos);
    lines.push_back(parse_json(rest.substr(0, end)));
    rest.erase(0, end + 1);
  }
  CHECK(lines == users);
  const std::string table = keyledger.text({"-o", "table", "user", "list"});
  CHECK(table.starts_with("USERNAME  STAFF  ACTIVE  ACCOUNTS        KEYS  REGISTERED\n"));
  CHECK(contains(table, "\nalice     yes    yes     1234-5678-9012     0  "));
  CHECK(contains(table, "\nbob       no     yes     1234-5678-9012     0  "));
  const std::string shown = keyledger.text({"user", "show", "bob", "-o", "table"});
  CHECK(shown.starts_with("username    bob\nstaff       no\n"));
}

TEST_CASE("CSV has a header, and YAML is a sequence or a mapping") {
  const LedgerExample example;
  const CommandLine& keyledger = example.keyledger;
  CHECK(keyledger.text({"key", "list", "-o", "csv"}) ==
        "key_id,name,owner,account,status,identifier,expiry,last_used,uses,denied\n");
  CHECK(keyledger.text({"key", "list", "-o", "yaml"}) == "[]\n");
  const std::string users = keyledger.text({"user", "list", "-o", "csv"});
  CHECK(users.starts_with("username,staff,active,accounts,keys,registered,removed\n"));
  CHECK(contains(users, "\nbob,false,true,\"[\"\"1234-5678-9012\"\"]\",0,"));
  CHECK(keyledger.text({"user", "show", "alice", "-o", "csv"}) == users.substr(0, users.find("\nbob") + 1));
  CHECK(
      contains(keyledger.text({"user", "list", "-o", "yaml"}),
               "\n- username: bob\n  staff: false\n  active: true\n  accounts:\n    - \"1234-5678-9012\"\n"));
  CHECK(keyledger.text({"user", "show", "bob", "-o", "yaml"}).starts_with("username: bob\nstaff: false\n"));
  CHECK(contains(keyledger.text({"history", "-o", "csv"}), "\"{\"\"staff\"\":\"\"true\"\""));
}

TEST_CASE("a state as CSV has one header for all of its rows") {
  const LedgerExample example;
  example.create_key("production");
  std::string rest = example.keyledger.text({"state", "-o", "csv"});
  const std::string header = rest.substr(0, rest.find('\n'));
  CHECK(header.starts_with("type,account,name,opened,users,clients,keys,closed,username,"));
  for (const char* field : {",client_id,", ",key_id,", ",registered,", ",requires_key,", ",identifier,"}) {
    CAPTURE(field);
    CHECK(contains(header, field));
  }
  const auto separators = std::count(header.begin(), header.end(), ',');
  std::string types;
  while (!rest.empty()) {
    const std::string line = rest.substr(0, rest.find('\n'));
    CHECK(std::count(line.begin(), line.end(), ',') == separators);  // no list here has two elements
    types += line.substr(0, line.find(',')) + " ";
    rest.erase(0, line.size() + 1);
  }
  CHECK(types == "type account user user client key ");
}

}  // namespace keyledger::tests

#endif
