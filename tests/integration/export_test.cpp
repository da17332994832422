// keyledger export, followed by keyledger apply on another ledger: all tokens get equal verdicts there.
#ifndef KEYLEDGER_MEMORY_LOG_ONLY

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/integration/ledger_example.h"

namespace keyledger::tests {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

const std::string kAccount = LedgerExample::kAccount;
const std::string kOther = "0000-0000-0002";
const std::string kClosed = "0000-0000-0003";

bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

// Applies lines and returns the secrets from the rows of the report.
std::vector<std::string> secrets_of(const CommandLine& keyledger, const std::string& lines) {
  std::vector<std::string> secrets;
  const json::value rows = keyledger.json({"apply", "-f", "-"}, lines);
  for (const json::value& row : rows.as_array()) {
    CAPTURE(row);
    CHECK(text_of(row, "result") == "done");
    if (!is_null(row, "secret")) secrets.push_back(text_of(row, "secret"));
  }
  return secrets;
}

std::string key_line(const std::string& name, const std::string& more = "", const std::string& user = "alice",
                     const std::string& account = kAccount) {
  return R"({"command":"key.create","account":")" + account + R"(","username":")" + user + R"(","name":")" +
         name + "\"" + more + "}\n";
}

std::string line(const std::string& command, const std::string& fields) {
  return R"({"command":")" + command + "\"," + fields + "}\n";
}

// Returns lines that make accounts, users and clients of every kind.
std::string entities() {
  std::string lines =
      line("policy.set", R"("max_lifetime_days":30,"keys_per_user":50,"refresh_interval":"90s")");
  for (const std::string& account : {kOther, kClosed}) {
    lines += line("account.open", R"("number":")" + account + R"(","name":"Account")");
  }
  for (const char* name : {"carol", "removed", "asleep", "gone", "demoted", "nowhere"}) {
    lines += line("user.add", R"("account":")" + kAccount + R"(","username":")" + name + R"(","staff":true)");
  }
  lines += line("user.set", R"("username":"carol","join":[")" + kOther + "\",\"" + kClosed + "\"]");
  for (const char* name : {"second", "open_with_keys", "closed_without_keys", "renamed", "removed_bot"}) {
    lines += line("client.add", R"("account":")" + kAccount + R"(","name":")" + name + "\"");
  }
  return lines + line("client.add", R"("account":")" + kOther + R"(","name":"chat_bot")") +
         line("client.rename", R"("client":"renamed","name":"new_name")") +
         line("client.close-to-public", R"("client":"closed_without_keys")");
}

// Returns lines that make keys of every kind; changes() then changes these keys.
std::string keys() {
  return key_line("plain") +
         key_line("full",
                  R"(,"description":"a \"key\"","tags":["one","two"],"annotations":{"b":"2","a":"1"},)"
                  R"("expires":"+90d","limit":"1000/1d","allow":["192.0.2.0/24","2001:db8::/32"],)"
                  R"("prefix":"ex_")") +
         key_line("inactive", R"(,"active":false)") + key_line("deleted") + key_line("rotated") +
         key_line("rotated_at_once") + key_line("to_rename") + key_line("of_removed", "", "removed") +
         key_line("of_asleep", "", "asleep") + key_line("of_gone", "", "gone") +
         key_line("of_demoted", "", "demoted") + key_line("elsewhere", "", "carol", kOther) +
         key_line("of_closed", "", "carol", kClosed) + key_line("forever", R"(,"expires":"2999-01-01")") +
         line("key.rotate", R"("key":"rotated","grace":"30d")") +
         line("key.rotate", R"("key":"rotated","grace":"60d")") +
         line("key.rotate", R"("key":"rotated_at_once")") +
         line("key.rename", R"("key":"to_rename","name":"name")");
}

std::string changes() {
  std::string lines;
  for (const char* key : {"plain", "full", "rotated", "inactive", "deleted", "of_removed", "of_asleep"}) {
    lines += line("assign", R"("key":")" + std::string(key) + R"(","client":")" + kAccount + "/chat_bot\"");
  }
  return lines + line("assign", R"("key":"plain","client":"open_with_keys")") +
         line("client.open-to-public", R"("client":"open_with_keys")") +
         line("assign", R"("key":"plain","client":"removed_bot")") +
         line("client.remove", R"("client":"removed_bot")") +
         line("assign", R"("key":"elsewhere","client":")" + kOther + "/chat_bot\"") +
         line("key.delete", R"("key":"deleted")") + key_line("deleted") +
         line("user.remove", R"("username":"removed")") +
         line("user.set", R"("username":"asleep","active":false)") +
         line("user.set", R"("username":"gone","leave":[")" + kAccount + "\"]") +
         line("user.set", R"("username":"nowhere","leave":[")" + kAccount + "\"]") +
         line("user.set", R"("username":"demoted","staff":false)") +
         line("account.close", R"("account":")" + kClosed + "\"");
}

std::vector<std::string> knox_tokens() {
  std::vector<std::string> tokens;
  for (const char* name : {"knox4-tokens.jsonl", "knox5-tokens.jsonl", "knox-salted-tokens.jsonl"}) {
    std::ifstream file(fs::path(KEYLEDGER_TEST_DATA) / name);
    for (std::string text; std::getline(file, text);) tokens.push_back(text_of(parse_json(text), "token"));
  }
  return tokens;
}

// Returns the parts of a verdict that do not depend on the ledger holding the key.
std::string words_of(const net::VerdictAnswer& verdict) {
  std::string words = verdict.reason_name + " " + verdict.key_id + " " + verdict.client_id + " " +
                      verdict.owner + " " + verdict.account;
  if (verdict.lifetime_exceeded) words += " old";
  if (verdict.expiry) words += " " + ledger::to_rfc3339(*verdict.expiry);
  if (verdict.superseded_until) words += " superseded " + ledger::to_rfc3339(*verdict.superseded_until);
  return words;
}

// Returns the verdicts on every token and on no token, for every client and for none, from two addresses.
std::vector<std::string> verdicts_of(const DaemonProcess& daemon, const std::vector<std::string>& tokens) {
  const std::vector<std::string> clients = {
      "",         kAccount + "/chat_bot", kAccount + "/second", "open_with_keys", "closed_without_keys",
      "new_name", "removed_bot",          kOther + "/chat_bot", "nobody's"};
  std::vector<projections::Question> questions;
  for (const std::string& client : clients) {
    questions.push_back({.client = client});
    for (const std::string& token : tokens) {
      questions.push_back({.token = token, .client = client});
      questions.push_back({.token = token, .client = client, .address = ledger::parse_address("192.0.2.7")});
    }
  }
  std::vector<std::string> words;
  const auto client = daemon.client();
  constexpr std::size_t kAtOnce = 1'000;
  for (std::size_t begin = 0; begin < questions.size(); begin += kAtOnce) {
    const auto some = std::span(questions).subspan(begin, std::min(kAtOnce, questions.size() - begin));
    const auto answers = client->authenticate_many(some);
    REQUIRE(answers.ok());
    for (const net::VerdictAnswer& answer : *answers) words.push_back(words_of(answer));
  }
  return words;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string each; std::getline(in, each);) lines.push_back(each);
  return lines;
}

}  // namespace

TEST_CASE("a ledger that is exported and applied elsewhere lets the same tokens in") {
  const LedgerExample example;
  std::vector<std::string> import = {"import", "django", "--account", kAccount};
  for (const char* dump : {"knox4-dumpdata.json", "knox5-dumpdata.json", "knox-salted-dumpdata.json"}) {
    import.push_back((fs::path(KEYLEDGER_TEST_DATA) / dump).string());
  }
  example.keyledger.text(import);
  secrets_of(example.keyledger, entities());
  std::vector<std::string> tokens = secrets_of(example.keyledger, keys());
  CHECK(tokens.size() == 17);
  for (const std::string& secret : secrets_of(example.keyledger, changes())) tokens.push_back(secret);
  for (const std::string& token : knox_tokens()) tokens.push_back(token);
  const std::string exported = example.keyledger.text({"export"});
  for (const std::string& token : tokens) CHECK(!contains(exported, token));

  const TempDirectory directory;
  const DaemonProcess daemon(directory / "ledger");
  const CommandLine keyledger(daemon);
  const Ending applied = keyledger.run({"-o", "jsonl", "apply", "-f", "-"}, exported);
  for (const std::string& row : lines_of(applied.out)) {
    if (!contains(row, "\"result\":\"done\"")) FAIL_CHECK(row);
  }
  CHECK(applied.status == 0);
  CHECK(lines_of(keyledger.text({"export"})) == lines_of(exported));

  const auto before = verdicts_of(example.daemon, tokens);
  const auto after = verdicts_of(daemon, tokens);
  CHECK(before == after);
  CHECK(std::ranges::any_of(before, [](const auto& each) { return each.starts_with("allowed"); }));

  // Applying the export again, to either ledger, is not refused, despite the uses above.
  const Ending again = keyledger.run({"apply", "-f", "-"}, exported);
  CHECK(again.status == 0);
  CHECK(!contains(again.err, "refused"));
}

TEST_CASE("an export is JSON lines, in any form of output, and of a directory, too") {
  const LedgerExample example;
  example.create_key("production");
  const std::string exported = example.keyledger.text({"export"});
  const auto lines = lines_of(exported);
  REQUIRE(lines.size() == 6);
  const std::vector<std::string> kinds = {"policy", "account", "user", "user", "client", "key"};
  for (std::size_t i = 0; i < lines.size(); ++i) CHECK(text_of(parse_json(lines[i]), "record") == kinds[i]);
  CHECK(example.keyledger.text({"-o", "table", "export"}) == exported);
  CHECK(CommandLine(example.daemon.data()).text({"export"}) == exported);

  const fs::path file = example.directory / "export.jsonl";
  const Ending written = example.keyledger.run({"export", "-f", file.string()});
  CHECK(written.status == 0);
  CHECK(written.out.empty());
  CHECK(written.err == "6 records in " + file.string() + "\n");
  std::ifstream in(file);
  CHECK(std::string(std::istreambuf_iterator<char>(in), {}) == exported);
  CHECK((fs::status(file).permissions() & fs::perms(0077)) == fs::perms::none);
  CHECK(!fs::exists(file.string() + ".part"));
  const Ending nowhere = example.keyledger.run({"export", "-f", (example.directory / "a" / "b").string()});
  CHECK(nowhere.status == 3);
}

}  // namespace keyledger::tests

#endif
