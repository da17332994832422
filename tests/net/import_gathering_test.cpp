#include "net/import_gathering.h"

#include <catch2/catch.hpp>
#include <string>

namespace keyledger::net {
namespace {

enum class Part { kMoreFollow, kLast };

// Returns a part with `accounts` accounts. The first account has the name.
RunCommand part(const std::string& name, Part kind, std::size_t accounts = 1) {
  commands::ImportKeys import;
  import.accounts.resize(accounts);
  if (accounts > 0) import.accounts.front().name = name;
  return {.command = std::move(import), .more = kind == Part::kMoreFollow};
}

std::string name_in(const commands::ImportKeys& import) { return import.accounts.front().name; }

}  // namespace

TEST_CASE("an import of one part is whole at once") {
  ImportGathering imports;
  const auto whole = imports.add(1, part("a", Part::kLast), 10);
  REQUIRE(whole.ok());
  REQUIRE((*whole).has_value());
  CHECK(name_in(std::get<commands::ImportKeys>((*whole)->run.command)) == "a");
  CHECK((*whole)->more.empty());
}

TEST_CASE("parts of several imports are gathered by their ids, in their order") {
  ImportGathering imports;
  CHECK(!(*imports.add(1, part("a1", Part::kMoreFollow), 10)).has_value());
  CHECK(!(*imports.add(2, part("b1", Part::kMoreFollow), 10)).has_value());
  CHECK(!(*imports.add(1, part("a2", Part::kMoreFollow), 10)).has_value());
  const auto b = imports.add(2, part("b2", Part::kLast), 10);
  const auto a = imports.add(1, part("a3", Part::kLast), 10);
  REQUIRE((*a).has_value());
  REQUIRE((*b).has_value());
  CHECK(name_in(std::get<commands::ImportKeys>((*a)->run.command)) == "a1");
  REQUIRE((*a)->more.size() == 2);
  CHECK(name_in((*a)->more[0]) == "a2");
  CHECK(name_in((*a)->more[1]) == "a3");
  REQUIRE((*b)->more.size() == 1);
  CHECK(name_in((*b)->more[0]) == "b2");
}

TEST_CASE("unfinished imports are limited in number, in objects and in bytes") {
  ImportGathering imports;
  SECTION("in number") {
    for (std::uint64_t id = 1; id <= kImportsInFlightMax; ++id) {
      REQUIRE(imports.add(id, part("", Part::kMoreFollow), 0).ok());
    }
    CHECK(imports.add(1, part("", Part::kMoreFollow), 0).ok());
    const auto refused = imports.add(kImportsInFlightMax + 1, part("", Part::kMoreFollow), 0);
    REQUIRE(!refused.ok());
    CHECK(refused.error().code == ledger::RefusalCode::kImportTooLarge);
  }
  SECTION("in objects") {
    constexpr std::size_t kObjects = kImportObjectsInFlightMax / 8;
    for (int i = 0; i < 8; ++i) REQUIRE(imports.add(1, part("", Part::kMoreFollow, kObjects), 0).ok());
    CHECK(!imports.add(2, part("", Part::kMoreFollow), 0).ok());
  }
  SECTION("in bytes") {
    REQUIRE(imports.add(1, part("", Part::kMoreFollow), kImportBytesInFlightMax - 1).ok());
    REQUIRE(imports.add(2, part("", Part::kMoreFollow), 1).ok());
    CHECK(!imports.add(1, part("", Part::kMoreFollow), 1).ok());
  }
}

TEST_CASE("an import that is whole makes room for others") {
  ImportGathering imports;
  for (std::uint64_t id = 1; id <= 3 * kImportsInFlightMax; ++id) {
    REQUIRE(imports.add(id, part("", Part::kMoreFollow), kImportBytesInFlightMax / 2).ok());
    const auto whole = imports.add(id, part("", Part::kLast), kImportBytesInFlightMax / 2);
    REQUIRE(whole.ok());
    CHECK((*whole).has_value());
  }
}

}  // namespace keyledger::net
