// The load generator against a daemon, and against servers that follow a test's script. The load generator's
// counts must equal the servers' counts; no test looks at the speed.
#include "tools/load/run.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>
#include <thread>

#include "net/wire/codec.h"
#include "tests/net/daemon_under_test.h"
#include "tools/load/crowd.h"

namespace keyledger::tools::load {
namespace {

namespace asio = boost::asio;
using net::DaemonUnderTest;

constexpr std::chrono::milliseconds kShort{30};

struct Loaded {
  DaemonUnderTest daemon;
  std::vector<std::string> tokens;

  Loaded() {
    const auto client = daemon.connect();
    tokens.push_back(net::prepare(*client).token);
    for (int i = 0; i < 9; ++i) tokens.push_back(net::create_key(*client, "load" + std::to_string(i)));
  }

  LoadResult ask(LoadPlan plan) {
    plan.endpoint = plan.connections % 2 == 0 ? daemon.unix_endpoint : daemon.tcp_endpoint;
    plan.duration = kShort;
    const std::vector<std::string_view> views(tokens.begin(), tokens.end());
    auto result = run_load(plan, prepare_requests(plan.form, views));
    if (!result) FAIL(result.error().message());
    return std::move(*result);
  }

  std::uint64_t uses() const {
    std::uint64_t count = 0;
    for (const ledger::Record& record : daemon.records()) {
      for (const ledger::Event& event : record.events) {
        if (const auto* block = ledger::uses_of(event)) count += block->uses.size();
      }
    }
    return count;
  }
};

TEST_CASE("every answer of a closed loop is a use in the log") {
  Loaded loaded;
  const LoadPlan plan = GENERATE(LoadPlan{.connections = 1}, LoadPlan{.connections = 4},
                                 LoadPlan{.connections = 3, .depth = 16},
                                 LoadPlan{.connections = 2, .depth = 7, .pipelining = Pipelining::kSliding});
  CAPTURE(plan.connections, plan.depth);
  const LoadResult result = loaded.ask(plan);
  CHECK(result.answers > 0);
  CHECK(result.answers == loaded.uses());
  CHECK(result.wrong == 0);
  CHECK(result.unanswered == 0);
  CHECK(result.latencies.count() == result.answers);
  CHECK(result.lags.count() == 0);
}

TEST_CASE("every verdict of a batch counts") {
  Loaded loaded;
  const LoadResult result = loaded.ask({.form = {.batch = 8}, .connections = 2, .depth = 2});
  CHECK(result.answers > 0);
  CHECK(result.answers == loaded.uses());
  CHECK(result.answers == 8 * result.latencies.count());
  CHECK(result.wrong == 0);
}

TEST_CASE("an open loop sends what is due, and no more") {
  Loaded loaded;
  const LoadResult result =
      loaded.ask({.connections = 4, .schedule = ArrivalSchedule(1'000, ArrivalSchedule::Spacing::kFixed, 1)});
  CHECK(result.answers == 30);
  CHECK(result.answers == loaded.uses());
  CHECK(result.latencies.count() == 30);
  CHECK(result.lags.count() == 30);
  CHECK(result.unanswered == 0);
}

TEST_CASE("what comes while it warms up is answered, and not measured") {
  Loaded loaded;
  const LoadResult result =
      loaded.ask({.connections = 4,
                  .schedule = ArrivalSchedule(1'000, ArrivalSchedule::Spacing::kFixed, 1),
                  .warm_up = std::chrono::milliseconds(20)});
  CHECK(result.answers == 50);
  CHECK(result.latencies.count() == 30);
}

TEST_CASE("a denied verdict is wrong where an allowed one is wanted, and the other way about") {
  Loaded loaded;
  const LoadResult denied = loaded.ask({.wanted = WantedAnswer::kDenied, .connections = 2});
  CHECK(denied.answers > 0);
  CHECK(denied.wrong == denied.answers);
  const LoadResult any = loaded.ask({.wanted = WantedAnswer::kAny, .connections = 2});
  CHECK(any.wrong == 0);
}

TEST_CASE("where nobody listens there is no load") {
  const tests::TempDirectory directory;
  const LoadPlan plan{.endpoint = net::UnixEndpoint{(directory / "nobody").string()}};
  const std::vector<std::string_view> tokens = {"a"};
  const auto result = run_load(plan, prepare_requests(plan.form, tokens));
  REQUIRE(!result.ok());
  CHECK(result.error().code == ledger::ErrorCode::kCannotConnect);
}

TEST_CASE("each of a crowd is answered") {
  const Loaded loaded;
  const auto result = gather_crowd(loaded.daemon.unix_endpoint, 20, 60'000);
  REQUIRE(result.ok());
  CHECK(result->answered == 20);
  CHECK(result->refused == 0);
  CHECK(result->silent == 0);
}

TEST_CASE("of a crowd, who is told why and closed, or only closed, is refused") {
  const bool is_told = GENERATE(true, false);
  CAPTURE(is_told);
  net::Bytes bytes;
  if (is_told) net::encode_response({.body = net::Failure{.code = 3011, .name = "too_many"}}, bytes);
  const tests::TempDirectory directory;
  const std::string path = (directory / "full.sock").string();
  asio::io_context context{1};
  asio::local::stream_protocol::acceptor acceptor(context, path);
  std::thread server([&] {
    for (int i = 0; i < 3; ++i) {
      asio::local::stream_protocol::socket socket(context);
      acceptor.accept(socket);
      boost::system::error_code ignored;
      asio::write(socket, asio::buffer(bytes), ignored);
    }
  });
  const auto result = gather_crowd(net::UnixEndpoint{path}, 3, 60'000);
  server.join();
  REQUIRE(result.ok());
  CHECK(result->answered == 0);
  CHECK(result->refused == 3);
  CHECK(result->silent == 0);
}

TEST_CASE("who waits for a verdict gets it when the token is allowed") {
  const Loaded loaded;
  CHECK(wait_for_verdict(loaded.daemon.unix_endpoint, loaded.tokens.front(), std::chrono::seconds(60)));
  CHECK(!wait_for_verdict(loaded.daemon.unix_endpoint, loaded.tokens.front(), std::chrono::seconds(0)));
}

// Answers every request (a request ends with an empty line) with a fixed answer, until a stop is requested.
class SameAnswerServer {
 public:
  SameAnswerServer(std::string answer, bool closes)
      : acceptor_(context_, asio::local::stream_protocol::endpoint(path())), thread_([=, this] {
          while (serve(answer, closes)) {
          }
        }) {}
  SameAnswerServer(const SameAnswerServer&) = delete;
  SameAnswerServer& operator=(const SameAnswerServer&) = delete;
  ~SameAnswerServer() {
    asio::local::stream_protocol::socket socket(context_);
    socket.connect(path());
    asio::write(socket, asio::buffer(std::string("stop\r\n\r\n")));
    thread_.join();
  }

  std::string path() const { return (directory_ / "http.sock").string(); }
  std::uint64_t connections = 0;
  std::uint64_t requests = 0;

 private:
  bool serve(const std::string& answer, bool closes) {
    asio::local::stream_protocol::socket socket(context_);
    acceptor_.accept(socket);
    std::string input;
    for (bool is_first = true;; is_first = false) {
      boost::system::error_code error;
      const std::size_t size = asio::read_until(socket, asio::dynamic_buffer(input), "\r\n\r\n", error);
      if (error) return true;
      if (input.starts_with("stop")) return false;
      connections += is_first ? 1 : 0;
      ++requests;
      input.erase(0, size);
      asio::write(socket, asio::buffer(answer), error);
      if (closes) return true;
    }
  }

  tests::TempDirectory directory_;
  asio::io_context context_{1};
  asio::local::stream_protocol::acceptor acceptor_;
  std::thread thread_;
};

TEST_CASE("a connection that an HTTP server keeps is used again, and one that it closes made anew") {
  const bool closes = GENERATE(false, true);
  CAPTURE(closes);
  const std::string answer = std::string("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n") +
                             (closes ? "Connection: close\r\n" : "") + "\r\n{}";
  LoadResult result;
  {
    SameAnswerServer server(answer, closes);
    const LoadPlan plan{.endpoint = net::UnixEndpoint{server.path()},
                        .form = {.protocol = LoadProtocol::kHttp},
                        .connections = 1,
                        .duration = kShort};
    const std::vector<std::string_view> tokens = {"a"};
    auto loaded = run_load(plan, prepare_requests(plan.form, tokens));
    if (!loaded) FAIL(loaded.error().message());
    result = std::move(*loaded);
    CHECK(server.requests == result.answers);
    CHECK(server.connections == (closes ? result.answers : 1));
  }
  CHECK(result.answers > 0);
  CHECK(result.wrong == 0);
}

}  // namespace
}  // namespace keyledger::tools::load
