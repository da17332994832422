// A batch meets a daemon that answers out of order, refuses, or disappears.
#include "tools/apply/run.h"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>
#include <sstream>

#include "tests/net/fake_server.h"
#include "tools/program/exit_status.h"

namespace keyledger::tools::apply {
namespace {

using net::FakeServer;
using net::RawConnection;
using net::Response;
using Texts = std::vector<std::string>;

// Returns `count` lines, each about a different key.
InputFile deletions(std::size_t count) {
  InputFile file{.name = "a.jsonl"};
  for (std::size_t i = 1; i <= count; ++i) {
    file.text += R"({"command":"key.delete","key":"k)" + std::to_string(i) + "\"}\n";
  }
  return file;
}

net::Request request_in(RawConnection& connection) {
  const auto frame = connection.receive_frame();
  if (!frame) throw std::runtime_error("the client went away");
  auto request = net::RequestDecoder().decode(*frame);
  return std::move(*request);
}

Response done(std::uint64_t id) {
  net::DoneAnswer answer;
  answer.done = {.position = ledger::Position{id}, .events = 1};
  return {.id = id, .body = std::move(answer)};
}

Response refused(std::uint64_t id) {
  return {.id = id, .body = net::failure_of(ledger::Refusal{ledger::RefusalCode::kKeyUnknown, "k"})};
}

// The report on the entries of a file, and the exit status.
struct Batch {
  Batch(const FakeServer& server, const InputFile& file) {
    const ApplyPlan plan = plan_of(std::span(&file, 1), {});
    REQUIRE(plan.faults.empty());
    std::ostringstream out;
    const auto client = server.connect();
    ApplyReport report(out, output::OutputFormat::kJson);
    ApplyRun run(*client, report, {});
    run.run(plan);
    report.finish();
    const boost::json::value rows = boost::json::parse(out.str());
    for (const auto& row : rows.as_array()) {
      results.emplace_back(row.at("result").as_string());
      lines.push_back(row.at("line").to_number<std::size_t>());
    }
    status = report.status();
    was_lost = run.lost().has_value();
  }

  Texts results;
  std::vector<std::size_t> lines;
  int status = 0;
  bool was_lost = false;
};

}  // namespace

TEST_CASE("answers that come out of turn are reported in the order of the lines") {
  const FakeServer server([](RawConnection& connection) {
    for (int i = 0; i < 4; ++i) request_in(connection);
    for (const std::uint64_t id : {3U, 1U, 4U, 2U}) connection.send(id == 2 ? refused(id) : done(id));
    connection.receive_frame();
  });
  const Batch batch(server, deletions(4));
  CHECK(batch.results == Texts{"done", "refused", "done", "done"});
  CHECK(batch.lines == std::vector<std::size_t>{1, 2, 3, 4});
  CHECK(batch.status == program::kExitRefused);
  CHECK(!batch.was_lost);
}

TEST_CASE("no more is in flight than the limit, and all of it is sent") {
  constexpr std::size_t kLines = 3 * kApplyInFlightMax;
  std::size_t in_flight_max = 0;
  {
    const FakeServer server([&](RawConnection& connection) {
      // The daemon answers only when the client sends no more without an answer.
      std::uint64_t received = 0;
      std::uint64_t answered = 0;
      while (answered < kLines) {
        while (received < kLines && received - answered < kApplyInFlightMax) {
          request_in(connection);
          ++received;
        }
        in_flight_max = std::max<std::size_t>(in_flight_max, received - answered);
        connection.send(done(++answered));
      }
      connection.receive_frame();
    });
    const Batch batch(server, deletions(kLines));
    CHECK(batch.results == Texts(kLines, "done"));
  }
  CHECK(in_flight_max == kApplyInFlightMax);
}

TEST_CASE("what was sent when the connection is lost is unknown, and what comes after is not sent") {
  const FakeServer server([](RawConnection& connection) {
    for (int i = 0; i < 10; ++i) request_in(connection);
    connection.send(done(1));
    connection.send(done(3));
  });
  constexpr std::size_t kLines = kApplyInFlightMax + 20;
  const Batch batch(server, deletions(kLines));
  REQUIRE(batch.results.size() == kLines);
  CHECK(batch.was_lost);
  CHECK(batch.status == program::kExitUnreachable);
  CHECK(batch.results[0] == "done");
  CHECK(batch.results[1] == "unknown");
  CHECK(batch.results[2] == "done");
  CHECK(batch.results[3] == "unknown");
  CHECK(batch.results.back() == "not_sent");
  const auto first_not_sent = std::ranges::find(batch.results, "not_sent");
  CHECK(
      std::all_of(first_not_sent, batch.results.end(), [](const auto& each) { return each == "not_sent"; }));
}

TEST_CASE("a daemon that answers what nobody asked is not believed any further") {
  const FakeServer server([](RawConnection& connection) {
    request_in(connection);
    connection.send(done(99));
    connection.receive_frame();
  });
  const Batch batch(server, deletions(1));
  CHECK(batch.results == Texts{"unknown"});
  CHECK(batch.was_lost);
}

TEST_CASE("a manifest waits for what is before it") {
  InputFile file = deletions(3);
  file.text += R"({"apiVersion":"smarter.sh/v1","kind":"SmarterAuthToken",)"
               R"("metadata":{"name":"n","description":"d"},"spec":{"config":{"username":"u"}}})";
  std::vector<std::size_t> kinds;
  {
    const FakeServer server([&](RawConnection& connection) {
      for (std::uint64_t id = 1; id <= 3; ++id) kinds.push_back(request_in(connection).body.index());
      for (std::uint64_t id = 1; id <= 3; ++id) connection.send(done(id));
      const net::Request question = request_in(connection);
      kinds.push_back(question.body.index());
      connection.send(
          Response{.id = question.id,
                   .body = net::failure_of(ledger::Refusal{ledger::RefusalCode::kUserUnknown, "u"})});
      connection.receive_frame();
    });
    const Batch batch(server, file);
    CHECK(batch.results == Texts{"done", "done", "done", "refused"});
  }
  const std::size_t command = net::RequestBody(net::RunCommand{}).index();
  CHECK(kinds ==
        std::vector<std::size_t>{command, command, command, net::RequestBody(net::AskList{}).index()});
}

}  // namespace keyledger::tools::apply
