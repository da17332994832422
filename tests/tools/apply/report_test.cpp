#include "tools/apply/report.h"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>
#include <sstream>

#include "tools/program/exit_status.h"

namespace keyledger::tools::apply {
namespace {

const InputPlace kPlace{.file = "a.jsonl", .line = 3};

net::DoneAnswer key_created() {
  net::DoneAnswer answer;
  answer.done = {.position = ledger::Position{9},
                 .events = 1,
                 .entity = projections::KeyRow{.key_id = "an-id", .name = "production"}};
  answer.secret = *ledger::Secret::from("kl_secret");
  return answer;
}

net::DoneAnswer unchanged() {
  net::DoneAnswer answer;
  answer.done.position = ledger::Position{9};
  return answer;
}

net::Failure refusal() { return net::failure_of(ledger::Refusal{ledger::RefusalCode::kKeyUnknown, "k"}); }

}  // namespace

TEST_CASE("a row says what came of an entry, and holds the secret of a key that was made") {
  std::ostringstream out;
  ApplyReport report(out, output::OutputFormat::kJsonl);
  report.write(kPlace, "key.create", outcome_of(key_created()));
  CHECK(boost::json::parse(out.str()) == boost::json::parse(
                                             R"({"file":"a.jsonl","line":3,"command":"key.create",
                                             "result":"done","name":"production","id":"an-id","position":9,
                                             "code":null,"error":null,"message":null,"secret":"kl_secret",
                                             "differences":[]})"));
  CHECK(report.any_secret());
  out.str("");
  report.write(kPlace, "key.delete", outcome_of(refusal()));
  CHECK(
      boost::json::parse(out.str()) ==
      boost::json::parse(R"({"file":"a.jsonl","line":3,"command":"key.delete","result":"refused","name":null,
                               "id":null,"position":null,"code":1010,"error":"key_unknown",
                               "message":"There is no such key: k","secret":null,"differences":[]})"));
}

TEST_CASE("a table's row is out at once, too") {
  std::ostringstream out;
  ApplyReport report(out, output::OutputFormat::kTable);
  report.write(kPlace, "key.create", outcome_of(key_created()));
  CHECK(out.str() ==
        "FILE          LINE   COMMAND           RESULT     NAME                  ID"
        "                                    MESSAGE\n"
        "a.jsonl       3      key.create        done       production            an-id"
        "                                 -\n"
        "  API key: kl_secret\n");
}

TEST_CASE("the sum names what there was, and the status says the worst of it") {
  std::ostringstream out;
  ApplyReport report(out, output::OutputFormat::kJsonl);
  CHECK(report.summary() == "nothing to do");
  CHECK(report.status() == program::kExitDone);
  report.write(kPlace, "x", outcome_of(key_created()));
  report.write(kPlace, "x", outcome_of(key_created()));
  report.write(kPlace, "x", outcome_of(unchanged()));
  net::DoneAnswer repeated = key_created();
  repeated.done.repeated = true;
  report.write(kPlace, "x", outcome_of(std::move(repeated)));
  CHECK(report.summary() == "2 done, 1 unchanged, 1 repeated");
  CHECK(report.status() == program::kExitDone);
  report.write(kPlace, "x", outcome_of(refusal()));
  CHECK(report.status() == program::kExitRefused);
  report.write(kPlace, "x", {.result = ApplyResult::kUnknown});
  report.write(kPlace, "x", {.result = ApplyResult::kNotSent});
  CHECK(report.summary() == "2 done, 1 unchanged, 1 repeated, 1 refused, 1 unknown, 1 not sent");
  CHECK(report.status() == program::kExitUnreachable);
}

TEST_CASE("a record that the ledger has otherwise is left, and a dangerous difference decides the status") {
  using namespace commands;  // NOLINT(google-build-using-namespace): for the report
  net::DoneAnswer answer = unchanged();
  answer.done.report = {
      .rows = {{.kind = DifferenceClass::kFlags,
                .danger = Danger::kWorksHere,
                .object = "user bob",
                .field = "active",
                .ledger = "true",
                .dump = "false"}},
      .left = {{.kind = DifferenceClass::kFlags, .danger = Danger::kWorksHere, .count = 1}}};
  net::DoneAnswer same = unchanged();
  same.done.report = answer.done.report;
  std::ostringstream out;
  ApplyReport report(out, output::OutputFormat::kJsonl);
  report.write(kPlace, "record user", outcome_of(std::move(answer)));
  const auto row = boost::json::parse(out.str());
  CHECK(row.at("result").as_string() == "left");
  CHECK(row.at("message").as_string() == "works here only: user bob: active: true here, false there (flags)");
  CHECK(row.at("differences").as_array().size() == 1);
  CHECK(report.summary() == "1 left");
  CHECK(report.status() == program::kExitRefused);
  CHECK(report.left().dangerous == 1);

  ApplyReport ignoring(out, output::OutputFormat::kJsonl, {DifferenceClass::kFlags});
  ignoring.write(kPlace, "record user", outcome_of(std::move(same)));
  CHECK(ignoring.summary() == "1 unchanged");
  CHECK(ignoring.status() == program::kExitDone);
}

TEST_CASE("a report that cannot be written says so") {
  std::ostringstream out;
  ApplyReport report(out, output::OutputFormat::kJsonl);
  CHECK(report.is_written());
  out.setstate(std::ios::badbit);
  report.write(kPlace, "x", outcome_of(key_created()));
  CHECK(!report.is_written());
}

}  // namespace keyledger::tools::apply
