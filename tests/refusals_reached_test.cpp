// Every refusal is tested: its code or its name occurs in a test other than the tests of the code table.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>

#include "ledger/values/error.h"
#include "ledger/values/verdict_reason.h"

namespace keyledger::tests {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = KEYLEDGER_SOURCE_DIR;

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  CAPTURE(file.string());
  REQUIRE(in.good());
  return {std::istreambuf_iterator<char>(in), {}};
}

// Returns the enumerators of RefusalCode in ledger/values/error.h, each with its name: "kNotStaff",
// "not_staff".
std::map<std::string, std::string> refusals() {
  const std::string header = text_of(kRoot / "ledger/values/error.h");
  const std::size_t begin = header.find("enum class RefusalCode");
  REQUIRE(begin != std::string::npos);
  const std::string body = header.substr(begin, header.find("};", begin) - begin);
  const std::regex enumerator("\\b(k[A-Z][A-Za-z]*) = ([0-9]+)");
  std::map<std::string, std::string> all;
  for (std::sregex_iterator each(body.begin(), body.end(), enumerator), end; each != end; ++each) {
    const auto* entry = ledger::find_code(static_cast<std::uint16_t>(std::stoul((*each)[2])));
    REQUIRE(entry != nullptr);
    all.emplace((*each)[1], entry->name);
  }
  return all;
}

// Returns the refusals named in tests: as enumerators (RefusalCode::kNotStaff) or as quoted names, as
// programs see them.
std::set<std::string> named_in_tests() {
  const std::regex name("\\bRefusalCode::(k[A-Za-z]+)|\"([a-z_]+)\\\\?\"");
  std::set<std::string> named;
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / "tests")) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".cpp" && extension != ".h") continue;
    const std::string path = entry.path().lexically_relative(kRoot).generic_string();
    if (path == "tests/ledger/values/error_test.cpp" || path == "tests/refusals_reached_test.cpp") continue;
    const std::string text = text_of(entry.path());
    for (std::sregex_iterator each(text.begin(), text.end(), name), end; each != end; ++each) {
      named.insert((*each)[1].matched ? (*each)[1] : (*each)[2]);
    }
  }
  return named;
}

// Returns true if the name is also the name of a verdict's reason; a quoted name is then no evidence.
bool is_of_verdicts_too(const std::string& name) {
  for (std::uint64_t number = 0; number < ledger::kVerdictReasons; ++number) {
    if (ledger::entry_of(*ledger::verdict_reason_from(number)).name == name) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("every refusal is reached by a test, as far as a test can name it") {
  // A test cannot make more than four thousand million entities.
  const std::string unreachable = "kTooManyEntities";
  const std::set<std::string> named = named_in_tests();
  const auto all = refusals();
  CHECK(all.contains(unreachable));
  for (const auto& [enumerator, name] : all) {
    CAPTURE(enumerator, name);
    if (enumerator == unreachable) continue;
    const bool by_name = named.contains(name) && !is_of_verdicts_too(name);
    CHECK((by_name || named.contains(enumerator)));
  }
}

}  // namespace keyledger::tests
