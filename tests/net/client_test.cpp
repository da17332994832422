// The client of daemons that are absent, go away, or talk nonsense.
#include "net/client.h"

#include <catch2/catch.hpp>
#include <functional>
#include <set>

#include "tests/net/fake_server.h"
#include "tests/net/raw_connection.h"
#include "tests/net/wire/examples.h"
#include "tests/support/temp_directory.h"

namespace keyledger::net {
namespace {

using ledger::ErrorCode;

// Reads a request and sends `words`, without a look at the request.
std::function<void(RawConnection&)> answers(std::vector<std::uint64_t> words) {
  return [words = std::move(words)](RawConnection& connection) {
    connection.receive_frame();
    connection.send(words);
    connection.receive_frame();
  };
}

std::vector<std::uint64_t> stats_answer(std::uint64_t id) {
  return examples::frame_of(Response{.id = id, .body = Stats{.version = "1"}});
}

template <typename T>
std::string failure_name(const Answer<T>& answer) {
  return answer.ok() ? "" : answer.error().name;
}

const auto kIgnore = [](const auto&) {};

}  // namespace

TEST_CASE("where no daemon is, the client cannot connect, and says where") {
  tests::TempDirectory directory;
  const Endpoint endpoints[] = {UnixEndpoint{(directory / "nobody.sock").string()},
                                UnixEndpoint{directory.path().string()},
                                UnixEndpoint{std::string(kUnixPathMax + 1, 'p')},
                                UnixEndpoint{""},
                                TcpEndpoint{"127.0.0.1", 1},
                                TcpEndpoint{"not-an-address", 1}};
  for (const Endpoint& endpoint : endpoints) {
    CAPTURE(to_string(endpoint));
    const auto client = Client::connect(endpoint);
    REQUIRE(!client.ok());
    CHECK(client.error().code == ErrorCode::kCannotConnect);
    CHECK_THAT(client.error().detail, Catch::Contains(to_string(endpoint)));
  }
}

TEST_CASE("when the daemon closes the connection, that call fails and every later one") {
  FakeServer server([](RawConnection& connection) { connection.receive_frame(); });
  const auto client = server.connect();
  for (int i = 0; i < 3; ++i) CHECK(failure_name(client->stats()) == "disconnected");
  CHECK(failure_name(client->authenticate({})) == "disconnected");
  CHECK(failure_name(client->rows(AskList{}, kIgnore)) == "disconnected");
}

TEST_CASE("when the daemon goes away in the middle of an answer, there is none") {
  auto words = stats_answer(1);
  words.pop_back();
  FakeServer server([&](RawConnection& connection) {
    connection.receive_frame();
    connection.send(words);
  });
  CHECK(failure_name(server.connect()->stats()) == "disconnected");
}

TEST_CASE("when the daemon goes away between the chunks of an answer, it fails after those that came") {
  FakeServer server([](RawConnection& connection) {
    connection.receive_frame();
    connection.send(Response{.id = 1, .more = true, .body = RowsAnswer{.rows = examples::rows()}});
  });
  std::size_t rows = 0;
  const auto answer = server.connect()->rows(AskList{}, [&](const auto& chunk) { rows += chunk.size(); });
  CHECK(failure_name(answer) == "disconnected");
  CHECK(rows == examples::rows().size());
}

TEST_CASE("when the daemon resets the connection, the call fails") {
  FakeServer server([](RawConnection& connection) { connection.reset(); });
  CHECK(failure_name(server.connect()->stats()) == "disconnected");
}

TEST_CASE("what is no frame, or no message, is refused") {
  const std::vector<std::uint64_t> words =
      GENERATE(values<std::vector<std::uint64_t>>({{~std::uint64_t{0}},
                                                   {std::uint64_t{kFrameBytesMax / 8} << 32},
                                                   {std::uint64_t{1} << 32, 0xfffffffffffffff2},
                                                   {std::uint64_t{1} << 32, 3},
                                                   {0}}));
  FakeServer server(answers(words));
  CHECK(failure_name(server.connect()->stats()) == "protocol");
}

TEST_CASE("an answer to another question is refused") {
  FakeServer server(answers(stats_answer(99)));
  CHECK(failure_name(server.connect()->stats()) == "protocol");
}

TEST_CASE("an answer of another kind is refused, whatever was asked") {
  FakeServer server([](RawConnection& connection) {
    for (std::uint64_t id = 1; connection.receive_frame(); ++id) {
      connection.send(Response{.id = id, .body = ActiveKeyAnswer{}});
    }
  });
  const auto client = server.connect();
  CHECK(failure_name(client->stats()) == "protocol");
  CHECK(failure_name(client->state_digest()) == "protocol");
  CHECK(failure_name(client->authenticate({})) == "protocol");
  CHECK(failure_name(client->authenticate_many({})) == "protocol");
  CHECK(failure_name(client->run({.command = commands::DeleteKey{"ci"}})) == "protocol");
  CHECK(failure_name(client->rows(AskList{}, kIgnore)) == "protocol");
  CHECK(failure_name(client->history({}, kIgnore)) == "protocol");
  CHECK(failure_name(client->active_key("bot")).empty());
}

TEST_CASE("as many verdicts as were asked for are an answer, and no other number is") {
  const examples::Judged judged;
  FakeServer server([&](RawConnection& connection) {
    for (std::uint64_t id = 1; connection.receive_frame(); ++id) {
      connection.send(judged.frame(AnswerForm::kVerdicts, id));  // three
    }
  });
  const auto client = server.connect();
  const auto questions = examples::questions();
  REQUIRE(questions.size() == 3);
  CHECK(failure_name(client->authenticate_many(questions)).empty());
  CHECK(failure_name(client->authenticate(questions.front())) == "protocol");
  CHECK(failure_name(client->authenticate_many(std::span(questions).first(2))) == "protocol");
  CHECK(failure_name(client->authenticate_many({})) == "protocol");
}

TEST_CASE("a failure is told as the daemon told it, even if it could not read the question") {
  const Failure failure{.code = 1'010, .name = "key_unknown", .message = "no", .advice = "look"};
  for (const std::uint64_t id : {1U, 0U}) {
    FakeServer server(answers(examples::frame_of(Response{.id = id, .body = failure})));
    const auto answer = server.connect()->stats();
    REQUIRE(!answer.ok());
    CHECK(answer.error() == failure);
  }
}

TEST_CASE("requests may be sent ahead and their answers taken in any order") {
  FakeServer server([](RawConnection& connection) {
    for (int i = 0; i < 3; ++i) connection.receive_frame();
    for (const std::uint64_t id : {3U, 1U, 2U}) connection.send(stats_answer(id));
  });
  const auto client = server.connect();
  for (const std::uint64_t id : {1U, 2U, 3U}) CHECK(client->send({.id = id, .body = AskStats{}}).ok());
  for (const std::uint64_t id : {3U, 1U, 2U}) {
    const auto response = client->receive();
    REQUIRE(response.ok());
    CHECK(response->id == id);
  }
  const auto end = client->receive();
  REQUIRE(!end.ok());
  CHECK(end.error().code == ErrorCode::kDisconnected);
}

TEST_CASE("a large import is sent in parts that are one request, and its account goes with each") {
  std::vector<std::size_t> keys;
  std::vector<bool> more;
  std::set<std::uint64_t> ids;
  std::set<std::string> accounts;
  std::set<std::string> reasons;
  {
    FakeServer server([&](RawConnection& connection) {
      RequestDecoder decoder;
      while (const auto frame = connection.receive_frame()) {
        const auto request = decoder.decode(*frame);
        const auto& run = std::get<RunCommand>(request->body);
        const auto& import = std::get<commands::ImportKeys>(run.command);
        ids.insert(request->id);
        keys.push_back(import.keys.size());
        more.push_back(run.more);
        accounts.insert(import.account);
        reasons.insert(run.reason);
        if (!run.more)
          connection.send(Response{.id = request->id, .body = DoneAnswer{.done = {.events = 5}}});
      }
    });
    commands::ImportKeys import{.account = "0000-0000-0007"};
    import.keys.resize(1'200, {.digest = ledger::sha256_digest("t")});
    const auto answer = server.connect()->run({.command = std::move(import), .reason = "moving"});
    REQUIRE(answer.ok());
    CHECK(answer->done.events == 5);
  }
  CHECK(ids.size() == 1);
  CHECK(keys == std::vector<std::size_t>{512, 512, 176});
  CHECK(more == std::vector<bool>{true, true, false});
  CHECK(accounts == std::set<std::string>{"0000-0000-0007"});
  CHECK(reasons == std::set<std::string>{"moving"});
}

TEST_CASE("C3: a refusal of unknown content tells the versions of both programs") {
  const Failure unknown = failure_of(ledger::Error{ErrorCode::kNotSupported, "request.command has more"});
  const bool knows_hello = GENERATE(true, false);
  FakeServer server([&](RawConnection& connection) {
    connection.receive_frame();
    connection.send(Response{.id = 1, .body = unknown});
    connection.receive_frame();
    if (knows_hello)
      return connection.send(Response{.id = 2, .body = HelloAnswer{.revision = 7, .version = "3.1"}});
    return connection.send(Response{.id = 2, .body = failure_of(ledger::Error{ErrorCode::kProtocol, ""})});
  });
  const auto failed = server.connect()->run({.command = commands::DeleteKey{"ci"}});
  CHECK(failure_name(failed) == "not_supported");
  CHECK_THAT(failed.error().message, Catch::StartsWith(unknown.message));
  const bool has_versions =
      failed.error().message.find("keyledgerd 3.1 with revision 7") != std::string::npos;
  CHECK(has_versions == knows_hello);
}

}  // namespace keyledger::net
