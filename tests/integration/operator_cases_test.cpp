// Parts O and Q: the work of operators on the command line, and every verb that changes something.
#ifndef KEYLEDGER_MEMORY_LOG_ONLY

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

std::string without_line_end(std::string text) {
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

bool is_true(const json::value& object, const std::string& field) {
  return field_of(object, field).as_bool();
}

}  // namespace

TEST_CASE("O1: a key is not created without an account and a user") {
  const LedgerExample example;
  const Ending ending = example.keyledger.run({"key", "create", "--name", "x"});
  CHECK(ending.status == 2);
  CHECK(contains(ending.err, "--account is required"));
  CHECK(example.keyledger.rows({"key", "list"}).empty());
}

TEST_CASE("O2: a user who is no member of the account is given no key there") {
  const LedgerExample example;
  example.keyledger.text({"account", "open", "--number", "0000-0000-0007", "--name", "Other"});
  const json::value refusal = example.keyledger.refusal(
      {"key", "create", "--account", "0000-0000-0007", "--username", "alice", "--name", "x"}, 1);
  CHECK(text_of(refusal, "error") == "user_not_in_account");
}

TEST_CASE("O3: creating a key shows the secret once, what it is called, and a warning") {
  const LedgerExample example;
  const Ending ending =
      example.keyledger.run({"key", "create", "--account", kAccount, "--username", "alice", "--name",
                             kAccount + ".alice", "--description", "for the bot"});
  REQUIRE(ending.status == 0);
  const json::value created = parse_json(ending.out);
  const std::string secret = text_of(created, "secret");
  CHECK(secret.starts_with("kl_"));
  CHECK(text_of(created, "name") == kAccount + ".alice");
  CHECK(contains(ending.err, "only displayed once and cannot be recovered if lost"));
  for (const Arguments& reading : std::vector<Arguments>{{"key", "list"},
                                                         {"key", "show", kAccount + ".alice"},
                                                         {"history", "--uses"},
                                                         {"state"},
                                                         {"export"}}) {
    CHECK_FALSE(contains(example.keyledger.text(reading), secret));
  }
}

TEST_CASE("O12, O13, O15: activate, deactivate and delete say what they changed") {
  const LedgerExample example;
  example.create_key("ci");
  CHECK_FALSE(is_true(example.keyledger.json({"key", "activate", "ci"}), "changed"));
  CHECK(is_true(example.keyledger.json({"key", "deactivate", "ci"}), "changed"));
  const json::value activated = example.keyledger.json({"key", "activate", "alice/ci"});
  CHECK(is_true(activated, "changed"));
  CHECK(text_of(activated, "status") == "active");
  CHECK(text_of(example.keyledger.json({"key", "delete", "ci"}), "status") == "deleted");
  CHECK(example.keyledger.rows({"key", "list"}).empty());
  CHECK(example.keyledger.rows({"key", "list", "--all"}).size() == 1);
}

TEST_CASE("Q7, Q8, Q10: whoami asks about the key that is given, else about the environment's") {
  const LedgerExample example;
  const std::string secret =
      without_line_end(example.keyledger.text({"key", "create", "--account", kAccount, "--username", "alice",
                                               "--name", "ci", "--prefix", "smtr_live_", "-q"}));
  CHECK(secret.starts_with("smtr_live_"));
  const json::value identity = example.keyledger.json({"whoami", "--api-key", "-"}, secret);
  CHECK(text_of(identity, "username") == "alice");
  CHECK(text_of(identity, "account_name") == "Example");
  CHECK(text_of(identity, "key") == "ci");
  Program program = keyledger_program({"--connect", example.daemon.address(), "whoami"});
  program.environment["KEYLEDGER_API_KEY"] = "nonsense";
  CHECK(run(program).status == 1);
  program.arguments.insert(program.arguments.end(), {"--api-key", secret});
  CHECK(run(program).status == 0);
  const Ending none = example.keyledger.run({"whoami"});
  CHECK(none.status == 2);
  CHECK(contains(none.err, "no API key"));
}

TEST_CASE("Q9: a list is a table, JSON or YAML") {
  const LedgerExample example;
  example.create_key("ci");
  CHECK(contains(example.keyledger.text({"key", "list", "-o", "table"}), "KEY ID"));
  CHECK(parse_json(example.keyledger.text({"key", "list", "-o", "json"})).as_array().size() == 1);
  CHECK(contains(example.keyledger.text({"key", "list", "-o", "yaml"}), "name: ci"));
  CHECK(contains(example.keyledger.text({"key", "list", "-o", "csv"}), "key_id,name,owner"));
}

TEST_CASE("accounts, users and clients change by their verbs") {
  const LedgerExample example;
  const CommandLine& keyledger = example.keyledger;
  CHECK(text_of(keyledger.json({"account", "rename", kAccount, "--name", "New"}), "name") == "New");
  const std::string other = text_of(keyledger.json({"account", "open", "--name", "Drawn"}), "account");
  CHECK(other.size() == 14);
  const json::value user = keyledger.json({"user", "set", "bob", "--staff", "--join", other});
  CHECK(is_true(user, "staff"));
  CHECK(field_of(user, "accounts").as_array().size() == 2);
  CHECK_FALSE(is_true(keyledger.json({"user", "set", "bob", "--no-active"}), "active"));
  CHECK(keyledger.run({"user", "set", "bob"}).status == 2);
  CHECK(is_true(keyledger.json({"user", "remove", "bob"}), "removed"));
  CHECK(keyledger.rows({"user", "list"}).size() == 1);
  CHECK(text_of(keyledger.json({"client", "rename", "chat_bot", "--name", "assistant"}), "name") ==
        "assistant");
  CHECK(is_true(keyledger.json({"client", "close-to-public", "assistant"}), "requires_key"));
  CHECK_FALSE(is_true(keyledger.json({"client", "open-to-public", "assistant"}), "requires_key"));
  CHECK(is_true(keyledger.json({"client", "remove", "assistant"}), "removed"));
  CHECK(is_true(keyledger.json({"account", "close", other}), "closed"));
}

TEST_CASE("a key changes by its verbs, and an expected version keeps two operators apart") {
  const LedgerExample example;
  const CommandLine& keyledger = example.keyledger;
  const std::string secret = example.create_key("ci");
  CHECK(text_of(keyledger.json({"key", "rename", "ci", "--name", "deploy"}), "name") == "deploy");
  const json::value described = keyledger.json(
      {"key", "describe", "deploy", "--description", "deploys", "--tag", "prod", "--annotation", "team=x"});
  CHECK(text_of(described, "description") == "deploys");
  CHECK(text_of(field_of(described, "annotations"), "team") == "x");
  CHECK(text_of(keyledger.json({"key", "limit", "deploy", "1/1h"}), "rate_limit") == "1/1h");
  CHECK(field_of(keyledger.json({"key", "allow", "deploy", "192.0.2.0/24", "::1"}), "allow")
            .as_array()
            .size() == 2);
  CHECK(text_of(keyledger.json({"auth", "-"}, secret, 1), "reason") == "address_not_allowed");
  CHECK(text_of(keyledger.json({"auth", "-", "--address", "192.0.2.9"}, secret), "reason") == "allowed");
  const json::value limited = keyledger.json({"auth", "-", "--address", "::1"}, secret, 1);
  CHECK(text_of(limited, "reason") == "rate_limited");
  CHECK(field_of(limited, "retry_after").as_double() > 3500);
  CHECK(keyledger.run({"key", "allow", "deploy", "192.0.2.7/24"}).status == 2);
  CHECK(keyledger.run({"key", "limit", "deploy", "fast"}).status == 2);
  keyledger.json({"key", "allow", "deploy", "--anywhere"});
  const json::value shown = keyledger.json({"key", "limit", "deploy", "none"});
  const std::string version = std::to_string(number_of(shown, "version"));
  CHECK(
      text_of(keyledger.json({"key", "expire", "deploy", "--at", "2999-01-01", "--expect-version", version}),
              "expiry") == "2999-01-01T00:00:00.000000Z");
  const json::value late =
      keyledger.refusal({"key", "expire", "deploy", "--at", "never", "--expect-version", version}, 1);
  CHECK(text_of(late, "error") == "version_mismatch");
}

TEST_CASE("a rotated key's old secret works for its grace, with a warning") {
  const LedgerExample example;
  const CommandLine& keyledger = example.keyledger;
  const std::string first = example.create_key("ci");
  const std::string second = without_line_end(keyledger.text({"key", "rotate", "ci", "--grace", "1h", "-q"}));
  CHECK(field_of(keyledger.json({"auth", "-"}, second), "warnings").as_array().empty());
  CHECK(field_of(keyledger.json({"auth", "-"}, first), "warnings").as_array().size() == 1);
  const std::string third = text_of(keyledger.json({"key", "rotate", "ci"}), "secret");
  CHECK(text_of(keyledger.json({"auth", "-"}, first, 1), "reason") == "expired");
  CHECK(text_of(keyledger.json({"auth", "-"}, second, 1), "message") == "Invalid token.");
  CHECK(text_of(keyledger.json({"auth", "-"}, third), "reason") == "allowed");
  CHECK(keyledger.rows({"key", "list"}).size() == 1);
}

TEST_CASE("a client's keys are changed without a moment in which none works") {
  const LedgerExample example;
  const CommandLine& keyledger = example.keyledger;
  example.create_key("first");
  const std::string secret = example.create_key("second");
  keyledger.text({"assign", "--key", "first", "--client", "chat_bot"});
  keyledger.text({"assign", "--key", "second", "--client", "chat_bot", "--only"});
  const json::array keys = keyledger.rows({"client", "keys", "chat_bot"});
  REQUIRE(keys.size() == 1);
  CHECK(text_of(keys[0], "name") == "second");
  CHECK(text_of(keyledger.json({"auth", "-", "--client", "chat_bot"}, secret), "reason") == "allowed");
}

TEST_CASE("the policy is shown and set, and holds for the next command") {
  const LedgerExample example;
  const CommandLine& keyledger = example.keyledger;
  CHECK(number_of(keyledger.json({"policy", "show"}), "max_lifetime_days") == 1095);
  const json::value set = keyledger.json({"policy", "set", "--keys-per-user", "1", "--lifetime", "enforce",
                                          "--refresh", "10h", "--refresh-max", "30d"});
  CHECK(text_of(set, "lifetime") == "enforce");
  CHECK(text_of(set, "refresh_ttl") == "10h");
  example.create_key("ci");
  const json::value refusal = keyledger.refusal(
      {"key", "create", "--account", kAccount, "--username", "alice", "--name", "second"}, 1);
  CHECK(contains(text_of(refusal, "message"), "Maximum amount of tokens allowed per user exceeded"));
  CHECK(keyledger.run({"policy", "set"}).status == 2);
  CHECK(keyledger.run({"policy", "set", "--refresh", "soon"}).status == 2);
  CHECK(number_of(keyledger.json({"policy", "set", "--keys-per-user", "none"}), "keys_per_user") == 0);
}

TEST_CASE("a header is judged as Knox reads it") {
  const LedgerExample example;
  const CommandLine& keyledger = example.keyledger;
  const std::string secret = example.create_key("ci");
  CHECK(text_of(keyledger.json({"auth", "--header", "-"}, "token  " + secret), "reason") == "allowed");
  CHECK(text_of(keyledger.json({"auth", "--header", "-"}, "Token", 1), "message") ==
        "Invalid token header. No credentials provided.");
  CHECK(text_of(keyledger.json({"auth", "--header", "-"}, "Bearer x", 1), "message") ==
        "Authentication credentials were not provided.");
  CHECK(text_of(keyledger.json({"auth", "--header", "-", "--client", "chat_bot"}, "Bearer x"), "reason") ==
        "allowed");  // the client is public, and no token was presented
}

TEST_CASE("lists show who may see and change what") {
  const LedgerExample example;
  const CommandLine& keyledger = example.keyledger;
  example.create_key("ci");
  CHECK(keyledger.rows({"key", "list", "--manageable-by", "alice"}).size() == 1);
  CHECK(keyledger.rows({"key", "list", "--manageable-by", "bob"}).empty());
  CHECK(keyledger.rows({"key", "list", "--readable-by", "bob"}).size() == 1);
  CHECK(keyledger.rows({"key", "list", "--tag", "none"}).empty());
  CHECK(keyledger.rows({"key", "list", "--status", "active", "--username", "alice", "--account", kAccount})
            .size() == 1);
}

TEST_CASE("a use moves the expiry where the policy says so, on the record") {
  const LedgerExample example;
  const CommandLine& keyledger = example.keyledger;
  keyledger.json({"policy", "set", "--refresh", "10h"});
  const std::string secret =
      without_line_end(keyledger.text({"key", "create", "--account", kAccount, "--username", "alice",
                                       "--name", "ci", "--expires", "+1h", "-q"}));
  keyledger.json({"auth", "-"}, secret);
  // The refresh is an event after the use; a later command finds the refresh done.
  keyledger.json({"client", "close-to-public", "chat_bot"});
  const json::array history = keyledger.rows({"history", "--key", "ci"});
  REQUIRE(history.size() == 2);
  CHECK(text_of(history[1], "event") == "KeyExpiryChanged");
  CHECK(text_of(history[1], "actor") == "system");
  CHECK(text_of(field_of(history[1], "details"), "cause") == "use");
}

}  // namespace keyledger::tests

#endif
