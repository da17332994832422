// Parts E and F: expiry and auto refresh.
#include "tests/cases/case_ledger.h"

namespace keyledger::tests {
namespace {

using namespace ledger;  // NOLINT(google-build-using-namespace): the vocabulary of every case

// A ledger in which each use moves the key's expiry to ten hours after the use.
struct Refreshing : CaseLedger {
  explicit Refreshing(std::int64_t refresh_max = 0) {
    run(commands::ChangePolicy{.refresh_ttl = 10 * kHour, .refresh_max = refresh_max});
  }

  Timestamp begun = clock.now();
  void go_to(std::int64_t after_begin) { clock.set(later_by(begun, after_begin)); }
};

}  // namespace

TEST_CASE("E3: an expired key is an invalid token") {
  CaseLedger given;
  const std::string token = given.create("ci", later_by(given.clock.now(), kSecond));
  given.clock.pass(kSecond + 1);
  CHECK(given.told(token) == "Invalid token.");
}

TEST_CASE("E4, E11: a use of an expired key deletes nothing: all ten stay, expired") {
  CaseLedger given;
  for (int i = 0; i < 10; ++i) given.create("key_" + std::to_string(i), given.clock.now());
  given.clock.pass(1);
  const std::vector<std::string> before = given.events();
  CHECK(given.reason_of(Story::token_of("key_3")) == VerdictReason::kExpired);
  CHECK(given.reason_of(Story::token_of("key_3").substr(0, 15)) == VerdictReason::kUnknown);
  for (int i = 0; i < 10; ++i) {
    const auto& key = given.key_named("key_" + std::to_string(i));
    CHECK_FALSE(key.deleted);
    CHECK(*key.expiry < given.clock.now());
  }
  CHECK(given.events().size() == before.size() + 2);  // the two refused uses, and nothing else
}

TEST_CASE("E6, E7, E8: every refused use of an expired key is on the record, of that key alone") {
  CaseLedger given;
  const std::string token = given.create("ci", given.clock.now());
  given.create("other", given.clock.now());
  given.clock.pass(1);
  given.use(token);
  given.use(token);
  CHECK(given.access().usage_of(given.number_of("ci")).denied == 2);
  CHECK(given.access().usage_of(given.number_of("other")).denied == 0);
}

TEST_CASE("E9: a use of one user's key changes nothing of another's") {
  CaseLedger given;
  commands::CreateKey of_eve = given.key("eve_key");
  of_eve.account = CaseLedger::kOther;
  of_eve.username = "eve";
  of_eve.expiry = given.clock.now();
  given.run(of_eve);
  const std::string token = given.create("ci");
  given.clock.pass(1);
  CHECK(given.lets_in(token));
  CHECK_FALSE(given.key_named("eve_key").deleted);
}

TEST_CASE("E10: a key is valid at the very moment of its expiry, and not a microsecond later") {
  CaseLedger given;
  const std::string token = given.create("ci", given.clock.now());
  CHECK(given.lets_in(token));
  given.clock.pass(1);
  CHECK_FALSE(given.lets_in(token));
}

TEST_CASE("F3: with auto refresh, a key that nobody used expires all the same") {
  Refreshing given;
  const std::string token = given.create("ci", later_by(given.begun, 10 * kHour));
  given.go_to(10 * kHour + kSecond);
  CHECK(given.told(token) == "Invalid token.");
}

TEST_CASE("F4: without auto refresh a use leaves the expiry as it is") {
  CaseLedger given;
  const Timestamp expiry = later_by(given.clock.now(), 10 * kHour);
  const std::string token = given.create("ci", expiry);
  given.clock.pass(kHour);
  CHECK(given.lets_in(token));
  CHECK(given.expiry_of("ci") == expiry);
}

TEST_CASE("F5, F6: a use moves the expiry only if by more than the minimum interval") {
  Refreshing given;
  const std::string token = given.create("ci", later_by(given.begun, 10 * kHour));
  for (const int seconds : {50, 59, 60}) {
    given.go_to(seconds * kSecond);
    CHECK(given.lets_in(token));
    CHECK(given.expiry_of("ci") == later_by(given.begun, 10 * kHour));
  }
  given.go_to(61 * kSecond);
  CHECK(given.lets_in(token));
  CHECK(given.expiry_of("ci") == later_by(given.begun, 61 * kSecond + 10 * kHour));
  CHECK(given.events().back() == "KeyExpiryChanged");
  CHECK(given.key_named("ci").version == 1);  // a use does not change the key
}

TEST_CASE("F8: no use moves an expiry beyond the maximum after the key's creation") {
  Refreshing given(12 * kHour);
  const std::string token = given.create("ci", later_by(given.begun, 10 * kHour));
  given.go_to(5 * kHour);
  CHECK(given.lets_in(token));
  CHECK(given.expiry_of("ci") == later_by(given.begun, 12 * kHour));
  given.go_to(12 * kHour);
  CHECK(given.lets_in(token));
  given.go_to(12 * kHour + kSecond);
  CHECK(given.told(token) == "Invalid token.");
}

TEST_CASE("F9: a key that never expires is given no expiry") {
  Refreshing given;
  CHECK(given.lets_in(given.create("ci")));
  CHECK_FALSE(given.expiry_of("ci").has_value());
}

TEST_CASE("F10: an expiry that is later than refresh would make it stays") {
  Refreshing given;
  const Timestamp expiry = later_by(given.begun, 30 * kDay);
  CHECK(given.lets_in(given.create("ci", expiry)));
  CHECK(given.expiry_of("ci") == expiry);
}

TEST_CASE("F11: the maximum holds from creation on") {
  Refreshing given(12 * kHour);
  const std::string token = given.create("ci", later_by(given.begun, 24 * kHour));
  CHECK(given.expiry_of("ci") == later_by(given.begun, 12 * kHour));
  given.go_to(13 * kHour);
  CHECK_FALSE(given.lets_in(token));
}

TEST_CASE("what is decided of a key's expiry is not undone by a use that did not know of it") {
  Refreshing given;
  const std::string token = given.create("ci", later_by(given.begun, 10 * kHour));
  given.go_to(kHour);
  const KeyNumber key = given.number_of("ci");
  const Timestamp judged = *given.expiry_of("ci");
  given.run(commands::EditKey{.key = "ci", .expiry = std::optional(given.clock.now())});
  given.run(
      commands::RefreshKeys{.used = {{.key = key, .judged_expiry = judged, .time = given.clock.now()}}});
  CHECK(given.expiry_of("ci") == given.clock.now());
}

}  // namespace keyledger::tests
