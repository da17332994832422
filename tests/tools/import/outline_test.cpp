// The counts of an import before it is done.
#include "tools/import/outline.h"

#include <catch2/catch.hpp>
#include <string>

#include "tests/tools/import/smarter_examples.h"

namespace keyledger::tools::import {
namespace {

using namespace smarter_examples;

TEST_CASE("an outline counts every key once, as the first that applies") {
  const auto knox = [](char digit, int user, const char* expiry) {
    return token_object(digest_text(digit), fmt::format(R"("token_key": "5ec4e7c0ffee123", "user": {},
                        "created": "2025-10-11T04:22:38.767Z", "expiry": "{}")",
                                                        user, expiry));
  };
  constexpr const char* kPast = "2026-01-01T00:00:00Z";
  constexpr const char* kNow = "2026-06-01T00:00:00Z";
  const std::string inactive = R"("is_active": false)";
  const auto dump = read_whole(dump_with(
      {user_object("3", R"("username": "eve", "is_staff": true, "is_active": false)"), profile("3", "3", "1"),
       knox('a', 1, kNow), knox('b', 1, kPast), knox('c', 3, kPast), knox('d', 3, kNow), knox('e', 3, kNow),
       knox('f', 1, kNow), smarter_token('a', "1"), smarter_token('b', "1", inactive),
       smarter_token('c', "3"), smarter_token('d', "3", inactive), smarter_token('e', "3"),
       smarter_token('f', "1", inactive), client("1", "1", "bot"), client("2", "1", "open"),
       assignment("1", "1", 'a'), assignment("2", "1", 'b')}));
  const ImportOutline outline = outline_of(dump.command, *ledger::parse_rfc3339(kNow));
  CHECK(outline == ImportOutline{.accounts = 2,
                                 .users = 3,
                                 .clients = 2,
                                 .clients_requiring_key = 1,
                                 .keys = 6,
                                 .keys_expired = 2,
                                 .keys_inactive = 2,
                                 .keys_owner_inactive = 1,
                                 .keys_active = 1,
                                 .assignments = 2});
  const auto json = json_of(outline);
  CHECK(json.at("keys_expired").to_number<int>() == 2);
  CHECK(json.size() == 10);
}

}  // namespace
}  // namespace keyledger::tools::import
