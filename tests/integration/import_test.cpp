// Keys issued by Django Knox are imported into a running daemon and then presented to the daemon.
#ifndef KEYLEDGER_MEMORY_LOG_ONLY

#include <catch2/catch.hpp>
#include <fstream>
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

std::string data_file(const std::string& name) { return (fs::path(KEYLEDGER_TEST_DATA) / name).string(); }

const std::vector<std::string> kDumps = {"knox4-dumpdata.json", "knox5-dumpdata.json",
                                         "knox-salted-dumpdata.json"};

CommandLine::Arguments import_of(const std::vector<std::string>& files) {
  CommandLine::Arguments arguments = {"import", "django"};
  arguments.insert(arguments.end(), files.begin(), files.end());
  return arguments;
}

CommandLine::Arguments import_of_all_dumps() {
  std::vector<std::string> files;
  for (const std::string& dump : kDumps) files.push_back(data_file(dump));
  return import_of(files);
}

struct KnownToken {
  std::string token;
  bool authenticates = false;  // Knox's own answer
};

std::vector<KnownToken> tokens_in(const std::string& name) {
  std::ifstream file(data_file(name));
  std::vector<KnownToken> tokens;
  for (std::string line; std::getline(file, line);) {
    const json::value value = parse_json(line);
    tokens.push_back({.token = text_of(value, "token"), .authenticates = flag_of(value, "authenticates")});
  }
  return tokens;
}

std::vector<KnownToken> all_tokens() {
  std::vector<KnownToken> all;
  for (const char* name : {"knox4-tokens.jsonl", "knox5-tokens.jsonl", "knox-salted-tokens.jsonl"}) {
    const auto some = tokens_in(name);
    REQUIRE(!some.empty());
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

std::uint64_t position_of(const CommandLine& keyledger) {
  return number_of(keyledger.json({"log", "stats"}), "position");
}

std::string everything(const CommandLine& keyledger) { return keyledger.text({"state", "-o", "jsonl"}); }

}  // namespace

TEST_CASE("every imported Knox token gets Knox's own verdict from keyledger auth") {
  const TempDirectory directory;
  const DaemonProcess daemon(directory / "ledger");
  const CommandLine keyledger(daemon);
  keyledger.text(import_of_all_dumps());
  std::size_t allowed = 0;
  for (const KnownToken& known : all_tokens()) {
    CAPTURE(known.token);
    const Ending ending = keyledger.run({"auth", "-"}, known.token + "\n");
    CHECK(ending.status == (known.authenticates ? 0 : 1));
    CHECK(ending.err.empty());
    const json::value verdict = parse_json(ending.out);
    CHECK(flag_of(verdict, "allowed") == known.authenticates);
    CHECK(verdict.at("key_id").is_string());
    CHECK(ending.out.find(known.token) == std::string::npos);
    allowed += known.authenticates ? 1U : 0U;
  }
  // The log contains every use.
  std::size_t used = 0;
  std::size_t denied = 0;
  for (const json::value& row : keyledger.rows({"history", "--uses"})) {
    used += text_of(row, "event") == "KeyUsed" ? 1U : 0U;
    denied += text_of(row, "event") == "UseDenied" ? 1U : 0U;
  }
  CHECK(used == allowed);
  CHECK(denied == all_tokens().size() - allowed);
}

TEST_CASE("every imported Knox token gets Knox's own verdict through the client library") {
  const TempDirectory directory;
  const DaemonProcess daemon(directory / "ledger");
  CommandLine(daemon).text(import_of_all_dumps());
  const auto client = daemon.client();
  const auto tokens = all_tokens();
  std::vector<projections::Question> questions;
  questions.reserve(tokens.size());
  for (const KnownToken& known : tokens) questions.push_back({.token = known.token});

  const auto verdicts = client->authenticate_many(questions);
  REQUIRE(verdicts.ok());
  REQUIRE(verdicts->size() == tokens.size());
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    CAPTURE(tokens[i].token);
    CHECK((*verdicts)[i].allowed() == tokens[i].authenticates);
    const auto alone = client->authenticate(questions[i]);
    REQUIRE(alone.ok());
    CHECK(alone->reason == (*verdicts)[i].reason);
    CHECK(alone->key_id == (*verdicts)[i].key_id);
  }
}

TEST_CASE("before the import no daemon knows a Knox token, and no other token is ever known") {
  const TempDirectory directory;
  const DaemonProcess daemon(directory / "ledger");
  const CommandLine keyledger(daemon);
  const auto known = all_tokens().front();
  REQUIRE(known.authenticates);
  const json::value before = keyledger.json({"auth", "-"}, known.token, 1);
  CHECK(text_of(before, "reason") == "unknown");
  CHECK(text_of(before, "message") == "Invalid token.");
  keyledger.text(import_of_all_dumps());
  std::string other = known.token;
  other.back() = other.back() == '0' ? '1' : '0';
  CHECK(text_of(keyledger.json({"auth", "-"}, other, 1), "reason") == "unknown");
  CHECK(text_of(keyledger.json({"auth", "-"}, known.token + "0", 1), "reason") == "unknown");
}

TEST_CASE("an import that is repeated adds nothing, however its files are divided") {
  const TempDirectory directory;
  const DaemonProcess daemon(directory / "ledger");
  const CommandLine keyledger(daemon);
  const json::value first = keyledger.json(import_of_all_dumps());
  const auto users = number_of(first, "users_added");
  const auto keys = number_of(first, "keys_added");
  CHECK(text_of(first, "account") == "0000-0000-0000");
  CHECK(number_of(first, "files") == kDumps.size());
  CHECK(keys == all_tokens().size());
  CHECK(users > 0);
  CHECK(number_of(first, "users_known") == 0);
  CHECK(number_of(first, "keys_known") == 0);
  const std::string state = everything(keyledger);
  const std::uint64_t position = position_of(keyledger);
  CHECK(position == number_of(first, "position"));
  // One event for the account, two for each user (registered, joined), and one for each key.
  CHECK(position == 1 + 2 * users + keys);

  const json::value second = keyledger.json(import_of_all_dumps());
  CHECK(number_of(second, "users_added") == 0);
  CHECK(number_of(second, "keys_added") == 0);
  CHECK(number_of(second, "users_known") == users);
  CHECK(number_of(second, "keys_known") == keys);
  CHECK(number_of(second, "position") == position);
  for (const std::string& dump : kDumps) {
    // A dump is the whole of its account, so that the keys of the other dumps are missing.
    CommandLine::Arguments arguments = import_of({data_file(dump)});
    CHECK(number_of(keyledger.json(arguments, {}, 1), "dangerous_count") > 0);
    arguments.insert(arguments.end(), {"--ignore", "removals"});
    const json::value alone = keyledger.json(arguments);
    CHECK(number_of(alone, "keys_added") == 0);
    CHECK(number_of(alone, "difference_count") == 0);
  }
  CHECK(position_of(keyledger) == position);
  CHECK(everything(keyledger) == state);
}

TEST_CASE("an import goes into the account that is named, and its history names the files") {
  const TempDirectory directory;
  const DaemonProcess daemon(directory / "ledger");
  const CommandLine keyledger(daemon);
  keyledger.text({"account", "open", "--number", "1234-5678-9012", "--name", "Example"});
  CommandLine::Arguments arguments = import_of({data_file("knox5-dumpdata.json")});
  arguments.insert(arguments.end(), {"--account", "1234-5678-9012"});
  CHECK(text_of(keyledger.json(arguments), "account") == "1234-5678-9012");
  CHECK(keyledger.rows({"account", "list"}).size() == 1);
  for (const json::value& key : keyledger.rows({"key", "list"})) {
    CHECK(text_of(key, "account") == "1234-5678-9012");
    CHECK(flag_of(key, "imported"));
    CHECK(text_of(key, "scheme") == "knox5");
  }
  std::size_t imported = 0;
  for (const json::value& row : keyledger.rows({"history"})) {
    if (text_of(row, "event") != "KeyImported") continue;
    ++imported;
    CHECK(text_of(row, "actor").find("knox5-dumpdata.json") != std::string::npos);
  }
  CHECK(imported == tokens_in("knox5-tokens.jsonl").size());
}

TEST_CASE("a broken or foreign file refuses the whole import and says what is wrong with it") {
  const TempDirectory directory;
  const DaemonProcess daemon(directory / "ledger");
  const CommandLine keyledger(daemon);
  keyledger.text({"account", "open", "--number", "1234-5678-9012", "--name", "Example"});
  const std::string before = everything(keyledger);
  const std::uint64_t position = position_of(keyledger);
  const std::string whole = read_file(data_file("knox5-dumpdata.json"));

  struct Broken {
    std::string name;
    std::string content;
    std::string says;
  };
  const std::string good_user =
      R"({"model": "auth.user", "pk": 1, "fields": {"username": "u", "is_staff": true, "is_active": true}})";
  const std::vector<Broken> broken = {
      {"cut.json", whole.substr(0, whole.size() / 2), "cut.json:"},
      {"empty.json", "", "is empty"},
      {"words.json", "[\n " + good_user + ",\n nonsense\n]\n", "words.json:3:"},
      {"lines.json", good_user + "\n", "begins with an object, not an array"},
      {"users.yaml", "- model: auth.user\n", "looks like YAML"},
      {"dump.json.gz", "\x1f\x8b\x08", "gzip"},
      {"token.json", "[" + good_user + R"(, {"model": "knox.authtoken", "pk": "00", "fields": {"user": 1}}])",
       "token.json: object 2"},
      {"owner.json",
       "[" + good_user + R"(, {"model": "knox.authtoken", "pk": ")" + std::string(128, 'a') +
           R"(", "fields": {"token_key": "aaaaaaaa", "user": 9, "created": "2025-10-11T00:00:00Z", "expiry": null}}])",
       "owner.json: object 2"},
  };
  for (const Broken& each : broken) {
    CAPTURE(each.name);
    const std::string file = (directory / each.name).string();
    write_file(file, each.content);
    // Valid files in the same import are not taken either.
    const json::value refusal = keyledger.refusal(import_of({data_file("knox4-dumpdata.json"), file}), 1);
    CHECK(text_of(refusal, "error") == "input_invalid");
    const std::string message = text_of(refusal, "message");
    CAPTURE(message);
    CHECK(message.find(each.says) != std::string::npos);
    CHECK(message.find(each.name) != std::string::npos);
    CHECK(position_of(keyledger) == position);
  }
  CHECK(everything(keyledger) == before);
}

TEST_CASE("a file that cannot be read ends an import before anything is asked of the daemon") {
  const TempDirectory directory;
  const CommandLine keyledger(directory / "no-ledger");
  const json::value absent = keyledger.refusal(import_of({(directory / "absent.json").string()}), 3);
  CHECK(text_of(absent, "error") == "cannot_read");
  CHECK(text_of(absent, "message") ==
        "The file cannot be read: " + (directory / "absent.json").string() + ": No such file or directory");
  const json::value folder = keyledger.refusal(import_of({directory.path().string()}), 3);
  CHECK(text_of(folder, "error") == "cannot_read");
  CHECK(text_of(folder, "message").find("is a directory") != std::string::npos);
}

}  // namespace keyledger::tests

#endif
