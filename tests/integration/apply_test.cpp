// keyledger apply: many commands in one run, against a running daemon.
#ifndef KEYLEDGER_MEMORY_LOG_ONLY

#include <catch2/catch.hpp>
#include <string>

#include "tests/integration/ledger_example.h"
#include "tests/ledger/file_damage.h"

namespace keyledger::tests {
namespace {

namespace json = boost::json;
using Arguments = CommandLine::Arguments;

const std::string kAccount = LedgerExample::kAccount;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

// Applies a batch from standard input and returns the rows of the report.
json::array applied(const CommandLine& keyledger, const std::string& input, int status = 0,
                    Arguments more = {}) {
  Arguments arguments = {"apply", "-f", "-"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return keyledger.json(std::move(arguments), input, status).as_array();
}

std::vector<std::string> results_of(const json::array& rows) {
  std::vector<std::string> results;
  for (const json::value& row : rows) results.push_back(text_of(row, "result"));
  return results;
}

using Texts = std::vector<std::string>;

std::string create(const std::string& name, const std::string& more = "") {
  return R"({"command":"key.create","account":")" + kAccount + R"(","username":"alice","name":")" + name +
         "\"" + more + "}\n";
}

}  // namespace

TEST_CASE("a batch builds a ledger, and each line has its row") {
  const TempDirectory directory;
  const DaemonProcess daemon(directory / "ledger");
  const CommandLine keyledger(daemon);
  const std::string batch =
      "# a ledger\n"
      R"({"command":"account.open","number":"1234-5678-9012","name":"Example"})"
      "\n"
      R"({"command":"user.add","account":"1234-5678-9012","username":"alice","staff":true})"
      "\n\n"
      R"({"command":"client.add","account":"1234-5678-9012","name":"chat_bot"})"
      "\n" +
      create("production",
             R"(,"tags":["one"],"annotations":{"tier":"1"},"expires":"+90d","limit":"100/60s")") +
      R"({"command":"assign","key":"production","client":"chat_bot"})"
      "\n"
      R"({"command":"assign","key":"production","client":"chat_bot","only":true})"
      "\n"
      R"({"command":"policy.set","keys_per_user":5})"
      "\n";
  const Ending ending = keyledger.run({"apply", "-f", "-"}, batch);
  CHECK(ending.status == 0);
  CHECK(ending.err ==
        "An API key is only displayed once and cannot be recovered if lost. Store it in a secure location.\n"
        "6 done, 1 unchanged\n");
  const json::array rows = parse_json(ending.out).as_array();
  CHECK(results_of(rows) == Texts{"done", "done", "done", "done", "done", "unchanged", "done"});
  CHECK(number_of(rows[0], "line") == 2);
  CHECK(text_of(rows[0], "file") == "standard input");
  CHECK(text_of(rows[0], "id") == kAccount);
  CHECK(text_of(rows[1], "name") == "alice");
  CHECK(text_of(rows[3], "command") == "key.create");
  CHECK(number_of(rows[3], "line") == 6);
  const json::value key = keyledger.json({"key", "show", "production"});
  CHECK(text_of(rows[3], "id") == text_of(key, "key_id"));
  CHECK(is_null(rows[2], "secret"));
  const std::string secret = text_of(rows[3], "secret");
  CHECK(flag_of(keyledger.json({"auth", "--client", "chat_bot", "-"}, secret), "allowed"));
  CHECK(!contains(daemon.log(), secret));
}

TEST_CASE("a batch with a mistake anywhere does nothing and lists every mistake") {
  const LedgerExample example;
  const std::uint64_t position = example.position();
  write_file(example.directory / "a.jsonl", create("one") + "{\"command\":\"key.create\"}\n");
  write_file(example.directory / "b.yaml", "command: key.delete\nkey: one\ncolour: red\n");
  const std::string a = (example.directory / "a.jsonl").string();
  const std::string b = (example.directory / "b.yaml").string();
  const Ending ending =
      example.keyledger.run({"apply", "-f", a, "-f", b, "-f", "-"}, create("x", ",\"x\":1"));
  CHECK(ending.status == 2);
  CHECK(ending.out.empty());
  CHECK(ending.err == "keyledger: " + a +
                          ":2: \"account\" is missing; \"username\" is missing; \"name\" is missing\n"
                          "keyledger: " +
                          b +
                          ":1: \"colour\" is not a field of key.delete\n"
                          "keyledger: standard input:1: \"x\" is not a field of key.create\n"
                          "keyledger: nothing was done: 3 mistakes\n");
  CHECK(example.position() == position);
}

TEST_CASE("a refusal stops nothing") {
  const LedgerExample example;
  const json::array rows = applied(
      example.keyledger,
      create("one") + create("one") + "{\"command\":\"key.delete\",\"key\":\"nobody's\"}\n" + create("two"),
      1);
  CHECK(results_of(rows) == Texts{"done", "refused", "refused", "done"});
  CHECK(number_of(rows[1], "code") == 1011);
  CHECK(text_of(rows[1], "error") == "key_name_taken");
  CHECK(contains(text_of(rows[2], "message"), "There is no such key: nobody's"));
  CHECK(example.keyledger.rows({"key", "list"}).size() == 2);
}

TEST_CASE("commands are done in the order in which they are written") {
  const LedgerExample example;
  std::string batch = create("production");
  constexpr int kToggles = 2'001;
  for (int i = 0; i < kToggles; ++i) batch += "{\"command\":\"key.toggle\",\"key\":\"production\"}\n";
  for (int i = 0; i < 500; ++i) {
    const std::string name = "key_" + std::to_string(i);
    batch += create(name) + R"({"command":"key.delete","key":"alice/)" + name + "\"}\n";
  }
  const std::uint64_t position = example.position();
  const json::array rows = applied(example.keyledger, batch);
  CHECK(rows.size() == 1 + kToggles + 1'000);
  for (const json::value& row : rows) CHECK(text_of(row, "result") == "done");
  CHECK(text_of(example.keyledger.json({"key", "show", "production"}), "status") == "inactive");
  CHECK(example.position() == position + rows.size());
}

TEST_CASE("a batch is YAML, too, and its rows have every form") {
  const LedgerExample example;
  const std::string batch =
      "command: key.create\naccount: " + kAccount +
      "\nusername: alice\nname: production\nactive: no\nallow: [192.0.2.0/24]\nlimit: 5/1h\n"
      "---\ncommand: key.activate\nkey: production\n";
  const std::string file = (example.directory / "batch.yaml").string();
  write_file(file, batch);
  const Ending shown = example.keyledger.run({"-o", "table", "apply", "-f", file});
  CAPTURE(shown.out, shown.err);
  CHECK(shown.status == 0);
  CHECK(contains(shown.out, "RESULT"));
  CHECK(contains(shown.out, "  API key: kl_"));
  CHECK(contains(shown.err, "2 done\n"));
  const Ending lines = example.keyledger.run({"-o", "jsonl", "apply", "-f", file}, "");
  CHECK(lines.status == 1);
  CHECK(contains(lines.out, "\"error\":\"key_name_taken\""));
  CHECK(contains(lines.out, "\"result\":\"unchanged\""));
}

TEST_CASE("a dry run shows what would be sent, and sends nothing") {
  const LedgerExample example;
  const std::uint64_t position = example.position();
  const json::array rows = applied(example.keyledger, create("one") + create("one"), 0,
                                   {"--dry-run", "--reason", "why", "--idempotency-key", "id"});
  REQUIRE(rows.size() == 2);
  CHECK(text_of(rows[1], "command") == "key.create");
  CHECK(field_of(rows[1], "request") == json::value{{"command", "key.create"},
                                                    {"account", kAccount},
                                                    {"username", "alice"},
                                                    {"name", "one"},
                                                    {"reason", "why"},
                                                    {"idempotency_key", "id.2"}});
  CHECK(example.position() == position);
  const Ending mistaken = example.keyledger.run({"apply", "--dry-run", "-f", "-"}, "{}\n");
  CHECK(mistaken.status == 2);
}

TEST_CASE("a batch that is given again with its idempotency key is done once") {
  const LedgerExample example;
  const std::string batch = create("one") + "{\"command\":\"key.delete\",\"key\":\"one\"}\n" + create("one");
  const Arguments with_key = {"--idempotency-key", "run-7", "--reason", "tidying up"};
  CHECK(results_of(applied(example.keyledger, batch, 0, with_key)) == Texts{"done", "done", "done"});
  const std::uint64_t position = example.position();
  const json::array again = applied(example.keyledger, batch, 0, with_key);
  CHECK(results_of(again) == Texts{"repeated", "repeated", "repeated"});
  CHECK(is_null(again[0], "secret"));
  CHECK(example.position() == position);
  const json::array history = example.keyledger.rows({"history", "--user", "alice"});
  CHECK(text_of(history.back(), "reason") == "tidying up");
}

TEST_CASE("a batch needs its file and a daemon") {
  const TempDirectory directory;
  const std::string address = "unix:" + (directory / "no.sock").string();
  const auto keyledger = [&](Arguments arguments, const std::string& input) {
    Program program = keyledger_program(std::move(arguments));
    program.input = input;
    return run(program);
  };
  const Ending absent = keyledger({"--connect", address, "apply", "-f", "no such file"}, "");
  CHECK(absent.status == 3);
  CHECK(contains(absent.err, "no such file"));
  CHECK(keyledger({"--connect", address, "apply", "-f", "-"}, create("x")).status == 3);
  // Faults of the batch are reported without a daemon.
  CHECK(keyledger({"--connect", address, "apply", "-f", "-"}, "{}").status == 2);
  CHECK(keyledger({"--connect", address, "apply", "-f", "-", "--dry-run"}, create("x")).status == 0);
  CHECK(keyledger({"apply"}, "").status == 2);
}

}  // namespace keyledger::tests

#endif
