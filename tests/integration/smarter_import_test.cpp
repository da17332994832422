// A complete Smarter is imported into a running daemon; its keys then get the verdicts of Smarter.
#ifndef KEYLEDGER_MEMORY_LOG_ONLY

#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "tests/ledger/file_damage.h"
#include "tests/support/daemon_process.h"
#include "tests/support/json_fields.h"
#include "tests/support/temp_directory.h"

namespace keyledger::tests {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

const std::string kDump = (fs::path(KEYLEDGER_TEST_DATA) / "smarter-dumpdata.json").string();
const std::string kTokens = (fs::path(KEYLEDGER_TEST_DATA) / "smarter-tokens.jsonl").string();

struct KnownKey {
  std::string token;
  std::string key_id;
  std::string name;
  std::string account;
  std::string username;
  bool is_active = false;
  bool authenticates = false;
  std::map<std::string, bool> clients;  // by client: true if the key may use the client
};

std::vector<KnownKey> known_keys() {
  std::ifstream file(kTokens);
  std::vector<KnownKey> keys;
  for (std::string line; std::getline(file, line);) {
    const json::value value = parse_json(line);
    KnownKey key{.token = text_of(value, "token"),
                 .key_id = text_of(value, "key_id"),
                 .name = text_of(value, "key"),
                 .account = text_of(value, "account"),
                 .username = text_of(value, "username"),
                 .is_active = flag_of(value, "is_active"),
                 .authenticates = flag_of(value, "authenticates"),
                 .clients = {}};
    for (const auto& client : field_of(value, "clients").as_object()) {
      key.clients.emplace(client.key(), client.value().as_bool());
    }
    keys.push_back(std::move(key));
  }
  REQUIRE(keys.size() == 10);
  return keys;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != text.npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// Returns the dump in the form of older versions of Smarter, where clients were called chatbots.
std::string older_dump(const TempDirectory& directory) {
  std::string text = read_file(kDump);
  replace_all(text, "llm_client.llmclientapikey", "chatbot.chatbotapikey");
  replace_all(text, "llm_client.llmclient", "chatbot.chatbot");
  replace_all(text, "\"llm_client\":", "\"chatbot\":");
  REQUIRE(text.find("\"chatbot\": 1") != text.npos);
  const std::string file = (directory / "older.json").string();
  write_file(file, text);
  return file;
}

using Texts = std::vector<std::string>;

Texts texts_of(const json::value& object, const std::string& name) {
  Texts texts;
  for (const json::value& text : field_of(object, name).as_array())
    texts.emplace_back(text.as_string().c_str());
  return texts;
}

json::value import_of(const CommandLine& keyledger, const std::string& file,
                      CommandLine::Arguments more = {}) {
  CommandLine::Arguments arguments = {"import", "django", file};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return keyledger.json(arguments);
}

std::uint64_t position_of(const CommandLine& keyledger) {
  return number_of(keyledger.json({"log", "stats"}), "position");
}

std::string everything(const CommandLine& keyledger) { return keyledger.text({"state", "-o", "jsonl"}); }

bool is_allowed(const CommandLine& keyledger, const std::string& token, CommandLine::Arguments more = {}) {
  CommandLine::Arguments arguments = {"auth", "-"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Ending ending = keyledger.run(arguments, token + "\n");
  CHECK(ending.err.empty());
  const bool allowed = flag_of(parse_json(ending.out), "allowed");
  CHECK(ending.status == (allowed ? 0 : 1));
  return allowed;
}

// Returns the rows about values, without those about fields that the ledger has no place for.
json::array changed_values(const json::value& answer) {
  json::array changed;
  for (const json::value& row : field_of(answer, "unmapped").as_array()) {
    if (!text_of(row, "reason").starts_with("not taken over")) changed.push_back(row);
  }
  return changed;
}

}  // namespace

TEST_CASE("every key of a Smarter gets Smarter's verdict, alone and for each client of its account") {
  const TempDirectory directory;
  const bool is_older = GENERATE(false, true);
  CAPTURE(is_older);
  const DaemonProcess daemon(directory / "ledger");
  const CommandLine keyledger(daemon);
  const json::value done = import_of(keyledger, is_older ? older_dump(directory) : kDump);
  CHECK(number_of(done, "users_added") == 9);
  CHECK(number_of(done, "keys_added") == 10);
  CHECK(changed_values(done).empty());
  CHECK(field_of(done, "ignored").as_object().empty());

  const auto client = daemon.client();
  for (const KnownKey& known : known_keys()) {
    CAPTURE(known.name);
    CHECK(is_allowed(keyledger, known.token) == known.authenticates);
    CHECK(known.clients.size() == 3);
    for (const auto& [name, may_use] : known.clients) {
      CAPTURE(name);
      const std::string in_account = known.account + "/" + name;
      if (!is_older) CHECK(is_allowed(keyledger, known.token, {"--client", in_account}) == may_use);
      const auto verdict = client->authenticate({.token = known.token, .client = in_account, .address = {}});
      REQUIRE(verdict.ok());
      CHECK(verdict->allowed() == may_use);
    }
  }
}

TEST_CASE("a Smarter's accounts, members, clients and keys are in the ledger as they were") {
  const TempDirectory directory;
  const DaemonProcess daemon(directory / "ledger");
  const CommandLine keyledger(daemon);
  import_of(keyledger, kDump);
  const json::array accounts = keyledger.rows({"account", "list"});
  CHECK(accounts.size() == 3);  // the import's own account is not needed
  CHECK(text_of(row_with(accounts, "account", "2702-6848-6849"), "name") == "Company 0");
  CHECK(keyledger.rows({"client", "list"}).size() == 9);
  for (const KnownKey& known : known_keys()) {
    CAPTURE(known.name);
    const json::value key = keyledger.json({"key", "show", known.key_id});
    CHECK(text_of(key, "name") == known.name);
    CHECK(text_of(key, "account") == known.account);
    CHECK(text_of(key, "owner") == known.username);
    CHECK(flag_of(key, "imported"));
    if (!known.is_active) CHECK(text_of(key, "status") == "inactive");
    const json::value user = keyledger.json({"user", "show", known.username});
    CHECK(texts_of(user, "accounts") == Texts{known.account});
  }
  const json::value used = keyledger.json({"key", "show", "key_1_1"});
  CHECK(text_of(used, "last_used") == "2026-11-18T06:07:40.954000Z");
  CHECK(text_of(used, "expiry") == "2029-05-09T06:07:45.954000Z");
  CHECK(text_of(used, "description") == "Schlüssel für das Frontend");
  CHECK(texts_of(used, "tags") == Texts{"prod"});
  CHECK(is_null(keyledger.json({"key", "show", "key_0_0"}), "last_used"));
  const json::value noted = keyledger.json({"key", "show", "key_1_0"});
  CHECK(texts_of(noted, "clients") == Texts{"bot_1_0", "bot_1_1"});
  CHECK(text_of(field_of(noted, "annotations"), "smarter.sh/env") == "prod");
  // A client without an assignment is public. An assignment makes a client private, even if its keys are
  // inactive or expired.
  for (const char* name : {"bot_0_2", "bot_1_2", "bot_2_2"}) {
    CHECK_FALSE(flag_of(keyledger.json({"client", "show", name}), "requires_key"));
  }
  for (const char* name : {"bot_0_0", "bot_1_0", "bot_2_0", "bot_2_1"}) {
    CHECK(flag_of(keyledger.json({"client", "show", name}), "requires_key"));
  }
}

TEST_CASE("a Smarter that is imported again adds nothing, under its older names as well") {
  const TempDirectory directory;
  const DaemonProcess daemon(directory / "ledger");
  const CommandLine keyledger(daemon);
  import_of(keyledger, kDump);
  const std::string state = everything(keyledger);
  const std::uint64_t position = position_of(keyledger);
  for (const std::string& file : {kDump, older_dump(directory)}) {
    const json::value again = import_of(keyledger, file);
    CHECK(number_of(again, "users_added") == 0);
    CHECK(number_of(again, "users_known") == 9);
    CHECK(number_of(again, "keys_added") == 0);
    CHECK(number_of(again, "keys_known") == 10);
    CHECK(number_of(again, "position") == position);
  }
  CHECK(position_of(keyledger) == position);
  CHECK(everything(keyledger) == state);
}

TEST_CASE("an account that Smarter has switched off is closed, and can be imported again") {
  const TempDirectory directory;
  const DaemonProcess daemon(directory / "ledger");
  const CommandLine keyledger(daemon);
  std::string text = read_file(kDump);
  const std::string before = "\"company_name\": \"Company 0\"";
  const std::size_t at = text.find("\"is_active\": true", text.find(before));
  REQUIRE(at != text.npos);
  text.replace(at, std::string("\"is_active\": true").size(), "\"is_active\": false");
  const std::string file = (directory / "closed.json").string();
  write_file(file, text);
  import_of(keyledger, file);
  for (const KnownKey& known : known_keys()) {
    if (known.account == "2702-6848-6849") CHECK_FALSE(is_allowed(keyledger, known.token));
  }
  const std::uint64_t position = position_of(keyledger);
  CHECK(number_of(import_of(keyledger, file), "position") == position);
}

TEST_CASE("a dry run says what the dump maps to, without a daemon, and changes nothing") {
  const TempDirectory directory;
  const CommandLine nowhere(directory / "no-ledger");
  const json::value outline = import_of(nowhere, kDump, {"--dry-run"});
  CHECK(flag_of(outline, "dry_run"));
  CHECK(number_of(outline, "accounts") == 3);
  CHECK(number_of(outline, "users") == 9);
  CHECK(number_of(outline, "clients") == 9);
  CHECK(number_of(outline, "clients_requiring_key") == 6);
  CHECK(number_of(outline, "keys") == 10);
  CHECK(number_of(outline, "keys_active") == 3);
  CHECK(number_of(outline, "keys_inactive") == 5);
  CHECK(number_of(outline, "keys_expired") == 2);
  CHECK(number_of(outline, "keys_owner_inactive") == 0);
  CHECK(number_of(outline, "assignments") == 10);
  CHECK(changed_values(outline).empty());
  CHECK_FALSE(fs::exists(directory / "no-ledger"));
}

TEST_CASE("what does not come over as it was is said before the import and after it") {
  const TempDirectory directory;
  std::string text = read_file(kDump);
  replace_all(text, "\"name\": \"key_0_0\"", "\"name\": \"key/0/0\"");
  const std::string file = (directory / "odd.json").string();
  write_file(file, text);
  const std::string reason = "\"key/0/0\" has a slash: the key is named \"smarter_20261121\"";

  const DaemonProcess daemon(directory / "ledger");
  const CommandLine keyledger(daemon);
  const std::uint64_t position = position_of(keyledger);
  const json::value before = import_of(keyledger, file, {"--dry-run"});
  CHECK(position_of(keyledger) == position);
  const json::value after = import_of(keyledger, file);
  for (const json::value& answer : {before, after}) {
    const json::array rows = changed_values(answer);
    REQUIRE(rows.size() == 1);
    const json::value& row = rows.front();
    CHECK(text_of(row, "file") == file);
    CHECK(text_of(row, "model") == "drf.smarterauthtoken");
    CHECK(text_of(row, "field") == "name");
    CHECK(text_of(row, "reason") == reason);
    CHECK(number_of(row, "object") > 30);
    CHECK(number_of(row, "line") > 500);
  }
  CHECK(text_of(keyledger.json({"key", "show", "smarter_20261121"}), "key_id") ==
        known_keys().front().key_id);
  const std::string table = keyledger.text({"import", "django", file, "--dry-run", "-o", "table"});
  CHECK(table.find("\nChanged by the import, or left out:\n" + file + ": object ") != table.npos);
  CHECK(table.find(reason) != table.npos);
}

TEST_CASE("a Smarter's dump that is not whole changes nothing") {
  const TempDirectory directory;
  const DaemonProcess daemon(directory / "ledger");
  const CommandLine keyledger(daemon);
  const std::uint64_t position = position_of(keyledger);
  const json::value whole = parse_json(read_file(kDump));
  // Leave out all objects of one app, as if the app had not been dumped.
  for (const char* app :
       {"drf.", "knox.", "account.userprofile", "account.account", "llm_client.llmclient\""}) {
    CAPTURE(app);
    json::array objects;
    for (const json::value& object : whole.as_array()) {
      const std::string model = "\"" + text_of(object, "model") + "\"";
      if (model.find(app) == model.npos) objects.push_back(object);
    }
    const std::string file = (directory / "part.json").string();
    write_file(file, json::serialize(objects));
    const json::value refusal = keyledger.refusal({"import", "django", file}, 1);
    CHECK(text_of(refusal, "error") == "input_invalid");
    CHECK(text_of(refusal, "message").find("part.json: object ") != std::string::npos);
    CHECK(text_of(refusal, "message").find(" dump ") != std::string::npos);
  }
  CHECK(position_of(keyledger) == position);
}

}  // namespace keyledger::tests

#endif
