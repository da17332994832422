// keyledger refusals lists every code, without a daemon and without a ledger.
#include <catch2/catch.hpp>
#include <string>

#include "ledger/values/error.h"
#include "tests/support/daemon_process.h"
#include "tests/support/json_fields.h"
#include "tools/help/refusals_page.h"

namespace keyledger::tests {
namespace {

Ending refusals(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "refusals");
  return run(keyledger_program(std::move(arguments)));
}

}  // namespace

TEST_CASE("keyledger refusals lists every code of a failure, in their order") {
  const Ending all = refusals({"-o", "json"});
  CHECK(all.status == 0);
  const auto rows = parse_json(all.out).as_array();
  const auto table = ledger::code_table();
  REQUIRE(rows.size() == table.size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    CHECK(number_of(rows[i], "code") == table[i].code);
    CHECK(text_of(rows[i], "name") == table[i].name);
    CHECK(text_of(rows[i], "may_be_retried") == to_string(table[i].retry));
    CHECK(text_of(rows[i], "message") == table[i].message);
    CHECK(text_of(rows[i], "advice") == table[i].advice);
  }
}

TEST_CASE("one code is shown by its number or its name, with the exit status that it brings") {
  const Ending by_number = refusals({"3016", "-o", "json"});
  CHECK(by_number.status == 0);
  CHECK(text_of(parse_json(by_number.out), "name") == "no_such_position");
  CHECK(number_of(parse_json(by_number.out), "exit_status") == 1);
  CHECK(refusals({"no_such_position", "-o", "json"}).out == by_number.out);
}

TEST_CASE("a code that was never given is not understood") {
  for (const char* code : {"999", "70000", "no_such_code", "1001x"}) {
    const Ending none = refusals({code});
    CAPTURE(code, none.err);
    CHECK(none.status == 2);
    CHECK(none.out.empty());
  }
}

TEST_CASE("keyledger refusals prints the page of the documents") {
  CHECK(refusals({"--page"}).out == tools::help::refusals_page());
  CHECK(refusals({"1001", "--page"}).status == 2);
}

}  // namespace keyledger::tests
