#include "tools/apply/input.h"

#include <catch2/catch.hpp>

#include "tools/apply/run.h"

namespace keyledger::tools::apply {
namespace {

std::vector<std::string> steps_of(const ApplyPlan& plan) {
  std::vector<std::string> names;
  for (const ApplyEntry& entry : plan.entries) {
    const auto step = step_of(entry, {});
    names.push_back(std::to_string(entry.place.line) + " " + (step ? step->name : "?"));
  }
  return names;
}

ApplyPlan plan_of_file(const InputFile& file) { return plan_of(std::span(&file, 1), {}); }

std::vector<std::string> faults_of(const ApplyPlan& plan) {
  std::vector<std::string> faults;
  for (const ApplyFault& fault : plan.faults) {
    faults.push_back(std::string(fault.place.file) + ":" + std::to_string(fault.place.line) + ": " +
                     fault.what);
  }
  return faults;
}

using Texts = std::vector<std::string>;

const std::string kDelete = R"({"command":"key.delete","key":"k"})";
const std::string kManifest =
    "apiVersion: smarter.sh/v1\nkind: SmarterAuthToken\nmetadata:\n  name: n\n  description: d\n"
    "spec:\n  config:\n    username: u\n";

}  // namespace

TEST_CASE("JSON lines are commands, records and manifests; blank lines and comments are skipped") {
  const InputFile file{.name = "input",
                       .text = "\xef\xbb\xbf# a comment\n\n  \r\n" + kDelete + "\r\n#" + kDelete + "\n" +
                               R"({"record":"account","account":"a","name":"n","closed":false})" + "\n" +
                               R"({"apiVersion":"smarter.sh/v1","kind":"ChatBot","metadata":{"name":"b"},)"
                               R"("spec":{}})"};
  const ApplyPlan plan = plan_of_file(file);
  CHECK(faults_of(plan).empty());
  CHECK(steps_of(plan) == Texts{"4 key.delete", "6 record account", "7 ChatBot"});
}

TEST_CASE("documents of YAML are the same, each with its line") {
  const InputFile file{.name = "input",
                       .text = "# comment\n---\ncommand: key.limit\nkey: k\nlimit: 100/60s\n---\n" +
                               kManifest +
                               "---\ncommand: policy.set\nrefresh_max: 0\nmax_lifetime_days: 30\n"};
  const ApplyPlan plan = plan_of_file(file);
  CHECK(faults_of(plan).empty());
  CHECK(steps_of(plan) == Texts{"3 key.limit", "7 SmarterAuthToken", "16 policy.set"});
}

TEST_CASE("A7: a token in clear is hashed before anything can show it") {
  const std::string token = "sk-secret-1234567890";
  const std::string rest =
      R"("command":"key.import","account":"a","username":"u","name":"n","created":"2025-01-02")";
  const std::string yaml =
      "command: key.import\naccount: a\nusername: u\nname: n\ncreated: '2025-01-02'\ntoken: " + token + "\n";
  const auto sha256 = ledger::to_hex(ledger::sha256_digest(token).view());
  const auto sha512 = ledger::to_hex(ledger::knox5_digest(token).view());
  for (const auto& [text, digest] : std::vector<std::pair<std::string, std::string>>{
           {"{" + rest + R"(,"token":")" + token + "\"}", sha256},
           {"{" + rest + R"(,"scheme":"sha512","token":")" + token + "\"}", sha512},
           {yaml, sha256}}) {
    const InputFile file{.name = "input", .text = text};
    const ApplyPlan plan = plan_of_file(file);
    CHECK(faults_of(plan).empty());
    REQUIRE(plan.entries.size() == 1);
    const auto step = step_of(plan.entries.front(), {});
    REQUIRE(step.ok());
    CHECK_FALSE(step->json.contains("token"));
    CHECK(step->json.at("digest").as_string() == boost::json::string(digest));
  }
  const std::vector<std::string> all = {R"(,"token":7)",
                                        R"(,"token":"")",
                                        R"(,"token":")" + std::string(129, 'x') + "\"",
                                        R"(,"digest":"00","token":")" + token + "\"",
                                        R"(,"scheme":"knox4","token":")" + token + "\"",
                                        R"(,"scheme":7,"token":")" + token + "\"",
                                        R"(,"scheme":")" + token + R"(","token":"x")"};
  for (const std::string& wrong : all) {
    const InputFile file{.name = "input", .text = "{" + rest + wrong + "}"};
    const auto faults = faults_of(plan_of_file(file));
    CAPTURE(wrong);
    REQUIRE(faults.size() == 1);
    CHECK(faults.front().find(token) == std::string::npos);
  }
}

TEST_CASE("the form of a file is told by its name or by how it begins") {
  const auto first_line = [](const std::string& name, const std::string& text) {
    const InputFile file{name, text};
    const ApplyPlan plan = plan_of_file(file);
    return plan.faults.empty() ? Texts{} : faults_of(plan);
  };
  CHECK(first_line("a", "# c\n\n  " + kDelete).empty());
  CHECK(first_line("a.yaml", kDelete).empty());
  CHECK(first_line("a.jsonl", "command: key.delete\n").front().starts_with("a.jsonl:1: this is not JSON: "));
  CHECK(first_line("a.json", "command: key.delete\n").front().starts_with("a.json:1: this is not JSON: "));
  CHECK(first_line("a", "command: key.delete\n") == Texts{"a:1: \"key\" is missing"});
  CHECK(first_line("a", "").empty());
  CHECK(first_line("a", "# nothing\n\n").empty());
}

TEST_CASE("every mistake of every file is listed, with its place") {
  const std::vector<InputFile> files = {
      {"one.jsonl", kDelete + "\n{\n" + kDelete + "\n[]\n{}\n" + R"({"command":"x"})" + "\n"},
      {"two.yaml", "command: key.delete\n---\n- a\n---\na: 1\na: 2\n---\napiVersion: smarter.sh/v9\n"},
      {"three.yaml", "a: [\n"}};
  const ApplyPlan plan = plan_of(files, {});
  const Texts faults = faults_of(plan);
  REQUIRE(faults.size() == 9);
  CHECK(faults[0].starts_with("one.jsonl:2: this is not JSON: "));
  CHECK(faults[1] == "one.jsonl:4: a line must be a JSON object");
  CHECK(faults[2] == "one.jsonl:5: neither a command nor a record nor a manifest: \"command\" is missing");
  CHECK(faults[3] == "one.jsonl:6: \"x\" is not a command");
  CHECK(faults[4] == "two.yaml:3: a document must be a mapping");
  CHECK(faults[5] == "two.yaml:5: \"a\" occurs twice");
  CHECK(faults[6] == "two.yaml:1: \"key\" is missing");
  CHECK(faults[7] == "two.yaml:8: Unsupported API version: smarter.sh/v9");
  CHECK(faults[8].starts_with("three.yaml:"));
  CHECK(std::ranges::count(faults, "two.yaml:1: \"key\" is missing") == 1);
}

TEST_CASE("what the command line says is for commands that say nothing themselves") {
  const ApplyOptions options{.reason = "tidying up", .idempotency_key = "run-1"};
  const net::RunCommand plain = with_defaults({.command = commands::DeleteKey{"k"}}, options, 7);
  CHECK(plain.reason == "tidying up");
  CHECK(plain.idempotency_id == "run-1.7");
  const net::RunCommand own = with_defaults(
      {.command = commands::DeleteKey{"k"}, .reason = "leaked", .idempotency_id = "id"}, options, 7);
  CHECK(own.reason == "leaked");
  CHECK(own.idempotency_id == "id");
  CHECK(with_defaults({.command = commands::DeleteKey{"k"}}, {}, 7).idempotency_id.empty());
}

}  // namespace keyledger::tools::apply
