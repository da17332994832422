// Smarter's manifests are applied and shown. The numbers in the names are the numbers of Smarter's acceptance
// cases.
#ifndef KEYLEDGER_MEMORY_LOG_ONLY

#include <catch2/catch.hpp>
#include <string>

#include "tests/integration/ledger_example.h"

namespace keyledger::tests {
namespace {

namespace json = boost::json;
using Arguments = CommandLine::Arguments;

const std::string kAccount = LedgerExample::kAccount;
const std::string kOtherAccount = "0000-0000-0002";

bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

std::string key_manifest(const std::string& name, const std::string& username = "alice",
                         const std::string& active = "    isActive: true\n",
                         const std::string& metadata = "") {
  return "apiVersion: smarter.sh/v1\nkind: SmarterAuthToken\nmetadata:\n  name: " + name +
         "\n  description: a key\n" + metadata + "spec:\n  config:\n    username: " + username + "\n" +
         active;
}

std::string client_manifest(const std::string& name, const std::string& api_key,
                            const std::string& kind = "LLMClient") {
  return "apiVersion: smarter.sh/v1\nkind: " + kind + "\nmetadata:\n  name: " + name +
         "\n  description: a client\nspec:\n  config:\n    provider: openai\n" +
         (api_key.empty() ? "" : "  apiKey: " + api_key + "\n");
}

// Applies one manifest and returns the only row of the report.
json::value applied(const LedgerExample& example, const std::string& manifest, int status = 0,
                    Arguments more = {}) {
  Arguments arguments = {"apply", "-f", "-"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const json::value rows = example.keyledger.json(std::move(arguments), manifest, status);
  REQUIRE(rows.as_array().size() == 1);
  return rows.as_array().front();
}

json::value show(const LedgerExample& example, const std::string& key) {
  return example.keyledger.json({"key", "show", key});
}

json::array keys_of(const LedgerExample& example, const std::string& client) {
  json::array names;
  for (const json::value& row : example.keyledger.rows({"client", "keys", client})) {
    names.push_back(field_of(row, "name"));
  }
  return names;
}

}  // namespace

TEST_CASE("O5: the example manifest is shown without a daemon") {
  const Ending shown = run(keyledger_program({"manifest"}));
  CHECK(shown.status == 0);
  CHECK(shown.out.starts_with("apiVersion: smarter.sh/v1\nkind: SmarterAuthToken\nmetadata:\n  name: "));
  for (const char* part :
       {"description: ", "version: ", "isActive: true", "username: valid_smarter_username"}) {
    CHECK(contains(shown.out, part));
  }
}

TEST_CASE("O7, O9: a manifest makes a key, and its secret is shown once") {
  const LedgerExample example;
  const json::value row = applied(example, key_manifest("test_auth_token"));
  CHECK(text_of(row, "command") == "SmarterAuthToken");
  CHECK(text_of(row, "result") == "done");
  CHECK(text_of(row, "message") == "SmarterAuthToken test_auth_token applied successfully");
  const json::value key = show(example, "alice/test_auth_token");
  CHECK(text_of(key, "owner") == "alice");
  CHECK(text_of(key, "description") == "a key");
  CHECK(text_of(key, "key_id") == text_of(row, "id"));
  CHECK(flag_of(example.keyledger.json({"auth", "-"}, text_of(row, "secret")), "allowed"));
}

TEST_CASE("O8, O20: a manifest that is applied again changes the key, never its secret") {
  const LedgerExample example;
  const std::string secret = text_of(applied(example, key_manifest("test_auth_token")), "secret");
  const json::value again = applied(example, key_manifest("test_auth_token"));
  CHECK(text_of(again, "result") == "unchanged");
  CHECK(is_null(again, "secret"));
  CHECK(text_of(again, "message") == "SmarterAuthToken test_auth_token applied successfully");

  const json::value changed =
      applied(example, key_manifest("test_auth_token", "alice", "    isActive: false\n",
                                    "  version: 2.0.0\n  tags: [one]\n  annotations:\n    - tier: gold\n"));
  CHECK(text_of(changed, "result") == "done");
  CHECK(is_null(changed, "secret"));
  CHECK(example.keyledger.rows({"key", "list"}).size() == 1);
  const json::value key = show(example, "test_auth_token");
  CHECK(text_of(key, "status") == "inactive");
  CHECK(field_of(key, "tags") == json::array{"one"});
  applied(example, key_manifest("test_auth_token"));
  CHECK(flag_of(example.keyledger.json({"auth", "-"}, secret), "allowed"));
}

TEST_CASE("O17: a key that there is not has no manifest and cannot be deleted") {
  const LedgerExample example;
  CHECK(text_of(example.keyledger.refusal({"manifest", "nobody"}, 1), "error") == "key_unknown");
  CHECK(text_of(example.keyledger.refusal({"key", "delete", "nobody"}, 1), "error") == "key_unknown");
}

TEST_CASE("O19, O20: the manifest of a key is shown with its status, and applied it changes nothing") {
  const LedgerExample example;
  const json::value made =
      applied(example,
              key_manifest("test_auth_token", "alice", "    isActive: true\n",
                           "  version: 1.2.3\n  tags: [one, \"yes\"]\n  annotations:\n    - a.b/c: \"7\"\n"));
  const std::string manifest = example.keyledger.text({"manifest", "alice/test_auth_token"});
  CHECK(contains(manifest, "username: \"alice\"\n"));
  CHECK(contains(manifest, "keyId: \"" + text_of(made, "id") + "\"\n"));
  CHECK(contains(manifest, "lastUsedAt: null\n"));
  CHECK(contains(manifest, "version: \"1.2.3\"\n"));
  CHECK(!contains(manifest, text_of(made, "secret")));
  CHECK(!contains(manifest, "kl_"));
  CHECK(text_of(applied(example, manifest), "result") == "unchanged");
  example.keyledger.json({"auth", "-"}, text_of(made, "secret"));
  CHECK(contains(example.keyledger.text({"manifest", text_of(made, "id")}), "lastUsedAt: \"2"));
}

TEST_CASE("O23: a manifest for a user who does not exist is refused") {
  const LedgerExample example;
  const json::value row = applied(example, key_manifest("test_auth_token", "carol"), 1);
  CHECK(text_of(row, "result") == "refused");
  CHECK(number_of(row, "code") == 1006);
  CHECK(text_of(row, "message") == "User carol does not exist for SmarterAuthToken test_auth_token");
  CHECK(text_of(applied(example, key_manifest("x", "bob"), 1), "error") == "not_staff");
}

TEST_CASE("O25: a key whose manifest does not say isActive is made inactive") {
  const LedgerExample example;
  const json::value row = applied(example, key_manifest("test_auth_token", "alice", ""));
  CHECK(text_of(show(example, "test_auth_token"), "status") == "inactive");
  CHECK(!flag_of(example.keyledger.json({"auth", "-"}, text_of(row, "secret"), 1), "allowed"));
}

TEST_CASE("O26, O28, O29: a manifest that Smarter refuses is refused in its words, and nothing is done") {
  const LedgerExample example;
  const std::uint64_t position = example.position();
  const std::string manifests =
      key_manifest(std::string(50, 'a')) + "---\n" + key_manifest(std::string(51, 'a')) +
      "---\napiVersion: smarter.sh/v9\n---\n" +
      key_manifest("n", "alice", "", "  annotations:\n    - note: " + std::string(2049, 'x') + "\n");
  const Ending ending = example.keyledger.run({"apply", "-f", "-"}, manifests);
  CHECK(ending.status == 2);
  CHECK(contains(ending.err, ": Name must be less than 50 characters\n"));
  CHECK(contains(ending.err, ": Unsupported API version: smarter.sh/v9\n"));
  CHECK(contains(ending.err, "is too long (max 2048 chars)\n"));
  CHECK(example.position() == position);
}

TEST_CASE("O27: a key is stored under its name in snake_case, unless it is there as it is written") {
  const LedgerExample example;
  applied(example, key_manifest("My Key"));
  CHECK(text_of(show(example, "my_key"), "name") == "my_key");
  CHECK(text_of(applied(example, key_manifest("My Key")), "result") == "unchanged");
  example.create_key("Production Key");
  CHECK(text_of(applied(example, key_manifest("Production Key")), "name") == "Production Key");
  CHECK(example.keyledger.rows({"key", "list"}).size() == 2);
}

TEST_CASE("a key of a user in several accounts is made where --account says") {
  const LedgerExample example;
  example.keyledger.text({"account", "open", "--number", kOtherAccount, "--name", "Other"});
  example.keyledger.text({"apply", "-f", "-"},
                         R"({"command":"user.set","username":"alice","join":[")" + kOtherAccount + "\"]}\n");
  const json::value row = applied(example, key_manifest("n"), 1);
  CHECK(text_of(row, "error") == "user_not_in_account");
  CHECK(text_of(row, "message") ==
        "User alice belongs to 2 accounts: name the account of SmarterAuthToken n with --account");
  applied(example, key_manifest("n"), 0, {"--account", kOtherAccount});
  CHECK(text_of(show(example, "n"), "account") == kOtherAccount);
  CHECK(text_of(applied(example, key_manifest("n")), "result") == "unchanged");
  const json::value elsewhere = applied(example, key_manifest("n"), 1, {"--account", kAccount});
  CHECK(text_of(elsewhere, "error") == "account_mismatch");
}

TEST_CASE("M21: a client's manifest assigns exactly the key that it names") {
  const LedgerExample example;
  for (const char* name : {"one", "two", "three"}) example.create_key(name);
  example.keyledger.text({"assign", "--key", "one", "--client", "chat_bot"});
  example.keyledger.text({"assign", "--key", "two", "--client", "chat_bot"});
  const std::uint64_t position = example.position();
  const json::value row = applied(example, client_manifest("chat_bot", "three"));
  CHECK(text_of(row, "result") == "done");
  CHECK(text_of(row, "name") == "chat_bot");
  CHECK(text_of(row, "message") == "LLMClient chat_bot applied successfully");
  CHECK(keys_of(example, "chat_bot") == json::array{"three"});
  CHECK(example.position() == position + 3);
  CHECK(text_of(applied(example, client_manifest("chat_bot", "alice/three", "Chatbots")), "result") ==
        "unchanged");
}

TEST_CASE("M22: a client's manifest that names a key that there is not changes nothing") {
  const LedgerExample example;
  example.create_key("one");
  example.keyledger.text({"assign", "--key", "one", "--client", "chat_bot"});
  const std::uint64_t position = example.position();
  const json::value row = applied(example, client_manifest("chat_bot", "nobody", "ChatBot"), 1);
  CHECK(number_of(row, "code") == 1010);
  CHECK(text_of(row, "message") == "API Key nobody not found");
  applied(example, client_manifest("new_bot", "nobody"), 1, {"--account", kAccount});
  CHECK(example.position() == position);
  CHECK(keys_of(example, "chat_bot") == json::array{"one"});

  example.keyledger.text({"account", "open", "--number", kOtherAccount, "--name", "Other"});
  const json::value elsewhere =
      applied(example, client_manifest("new_bot", "one"), 1, {"--account", kOtherAccount});
  CHECK(text_of(elsewhere, "message") == "API Key one not found");
}

TEST_CASE("M23: a client's manifest without a key leaves its keys as they are") {
  const LedgerExample example;
  example.create_key("one");
  example.keyledger.text({"assign", "--key", "one", "--client", "chat_bot"});
  CHECK(text_of(applied(example, client_manifest("chat_bot", "")), "result") == "unchanged");
  CHECK(keys_of(example, "chat_bot") == json::array{"one"});
}

TEST_CASE("a client that its manifest names and that does not exist is registered") {
  const LedgerExample example;
  example.create_key("one");
  const json::value row = applied(example, client_manifest("New Bot", "one"), 1);
  CHECK(text_of(row, "message") ==
        "LLMClient new_bot does not exist: name the account for it with --account");
  const json::value made =
      applied(example, client_manifest("New Bot", "one", "ChatBot"), 0, {"--account", kAccount});
  CHECK(text_of(made, "message") == "ChatBot new_bot applied successfully");
  CHECK(text_of(made, "name") == "new_bot");
  CHECK(keys_of(example, "new_bot") == json::array{"one"});
  CHECK(text_of(applied(example, client_manifest("New Bot", "one")), "result") == "unchanged");
}

}  // namespace keyledger::tests

#endif
