#include "tools/help/refusals_page.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <string>

#include "ledger/values/error.h"

namespace keyledger::tools::help {
namespace {

std::string page_in_the_repository() {
  std::ifstream in(std::string(KEYLEDGER_SOURCE_DIR) + "/docs/refusals.md", std::ios::binary);
  REQUIRE(in.good());
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("docs/refusals.md is what `keyledger refusals --page` prints") {
  CHECK(page_in_the_repository() == refusals_page());
}

TEST_CASE("the page of refusals has every code once, and says which of them end in another exit status") {
  const std::string page = refusals_page();
  for (const ledger::CodeEntry& entry : ledger::code_table()) {
    const std::string begin = "\n| " + std::to_string(entry.code) + " | `" + std::string(entry.name) + "` | ";
    CAPTURE(begin);
    const std::size_t found = page.find(begin);
    REQUIRE(found != std::string::npos);
    CHECK(page.find(begin, found + 1) == std::string::npos);
  }
  CHECK(
      page.find(
          "\n3013 (`input_invalid`), 3016 (`no_such_position`), 3030 (`not_supported`), 3031 (`too_large`);\n"
          "2 for 3001 (`usage`)") != std::string::npos);
}

}  // namespace keyledger::tools::help
