#include "tools/output/progress_bar.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <limits>
#include <sstream>
#include <string>

#include "ledger/values/printable_text.h"

namespace keyledger::tools::output {
namespace {

constexpr std::int64_t kSecond = ledger::kMicrosecondsPerSecond;
constexpr const char* kWiped = "\r\x1b[K";

struct Bench {
  std::ostringstream out;
  ledger::Timestamp now{.microseconds = 1'000 * kSecond};

  ledger::Clock clock() {
    return [this] { return now; };
  }
  void pass(std::int64_t microseconds) { now = later_by(now, microseconds); }
  std::string take() {
    std::string text = out.str();
    out.str("");
    return text;
  }
};

TEST_CASE("work of up to a second shows no bar") {
  Bench bench;
  {
    ProgressBar bar(bench.out, program::IsTerminal::kYes, bench.clock(), Work{"replaying", "events", 100});
    bar.update(10);
    bench.pass(kSecond);
    bar.update(90);
  }
  CHECK(bench.take().empty());
}

TEST_CASE("work of over a second shows a bar with percentage and rate, and wipes it at the end") {
  Bench bench;
  {
    ProgressBar bar(bench.out, program::IsTerminal::kYes, bench.clock(), Work{"replaying", "events", 49'380});
    bench.pass(2 * kSecond);
    bar.update(24'690);
    CHECK(bench.take() == "\rreplaying  [##########..........]  50%  12,345 events/s\x1b[K");
  }
  CHECK(bench.take() == kWiped);
}

TEST_CASE("nothing is shown where there is no terminal") {
  Bench bench;
  {
    ProgressBar bar(bench.out, program::IsTerminal::kNo, bench.clock(), Work{"replaying", "events", 100});
    bench.pass(60 * kSecond);
    bar.update(50);
    bar.clear();
  }
  CHECK(bench.take().empty());
}

TEST_CASE("the bar is drawn at most ten times a second") {
  Bench bench;
  ProgressBar bar(bench.out, program::IsTerminal::kYes, bench.clock(), Work{"replaying", "events", 100});
  bench.pass(2 * kSecond);
  bar.update(1);
  CHECK_FALSE(bench.take().empty());
  bench.pass(kSecond / 10 - 1);
  bar.update(2);
  CHECK(bench.take().empty());
  bench.pass(1);
  bar.update(3);
  CHECK_FALSE(bench.take().empty());
}

TEST_CASE("a bar that was wiped comes back with the next update") {
  Bench bench;
  ProgressBar bar(bench.out, program::IsTerminal::kYes, bench.clock(), Work{"replaying", "events", 100});
  bench.pass(2 * kSecond);
  bar.update(1);
  bench.take();
  bar.clear();
  CHECK(bench.take() == kWiped);
  bar.clear();
  CHECK(bench.take().empty());
  bar.update(2);
  CHECK_FALSE(bench.take().empty());
}

TEST_CASE("work of unknown size shows a count in place of a bar") {
  Bench bench;
  ProgressBar bar(bench.out, program::IsTerminal::kYes, bench.clock(), Work{"reading", "records", 0});
  bench.pass(10 * kSecond);
  bar.update(1'234'567);
  CHECK(bench.take() == "\rreading  1,234,567 records  123,456 records/s\x1b[K");
}

TEST_CASE("more done than there was shows as all of it") {
  Bench bench;
  ProgressBar bar(bench.out, program::IsTerminal::kYes, bench.clock(), Work{"replaying", "events", 10});
  bench.pass(2 * kSecond);
  bar.update(30);
  CHECK(bench.take() == "\rreplaying  [####################] 100%  15 events/s\x1b[K");
}

TEST_CASE("a clock that goes backwards shows nothing") {
  Bench bench;
  ProgressBar bar(bench.out, program::IsTerminal::kYes, bench.clock(), Work{"replaying", "events", 10});
  bench.pass(-5 * kSecond);
  bar.update(3);
  CHECK(bench.take().empty());
}

TEST_CASE("a long or hostile label stays on its line") {
  Bench bench;
  ProgressBar bar(bench.out, program::IsTerminal::kYes, bench.clock(),
                  Work{"\x1b" + std::string(200, 'x'), "events", 10});
  bench.pass(2 * kSecond);
  bar.update(3);
  const std::string shown = bench.take();
  CHECK(shown.starts_with("\r\\x1bxxx"));
  CHECK(ledger::count_code_points(shown) == 1 + 79 + 3);
}

TEST_CASE("large numbers are grouped by thousands") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1'000) == "1,000");
  CHECK(grouped(12'345) == "12,345");
  CHECK(grouped(std::numeric_limits<std::uint64_t>::max()) == "18,446,744,073,709,551,615");
}

}  // namespace
}  // namespace keyledger::tools::output
